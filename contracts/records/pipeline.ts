import type { MetricValue } from '../documents/version-record.js';
import type { Verdict } from '../verdicts/verdict.js';

/**
 * What each pipeline step leaves in the artifact store. Every record is canonical JSON stored as a blob, so its digest names it;
 * large files (Parquet, ONNX) are blobs of their own, named by `blob` digests. Times are epoch microseconds UTC.
 */
export interface BlobRef {
  readonly digest: string;
  readonly sizeBytes: number;
}

/** A snapshot of a source: rows that were observed before `untilUs`, checked, one Parquet file a calendar month of event time. */
export interface SnapshotRecord {
  readonly schema: 'signalbox/snapshot/1';
  readonly source: string;
  /** Digest of the compiled source semantics. */
  readonly definition: string;
  readonly untilUs: number;
  readonly rows: number;
  readonly quarantined: number;
  /** Rows refused because they were observed too late, or before they happened. */
  readonly late: number;
  /** Columns: the declared ones, then `event_ts`, `arrival_ts`, `event_seq` (BIGINT). Sorted by the total order. */
  readonly files: readonly (BlobRef & { readonly month: string; readonly rows: number })[];
  readonly checks: readonly Verdict[];
  /** The refused rows with their `reason`, as Parquet, and a few of them to look at, as text; null when there is none. */
  readonly quarantine: (BlobRef & { readonly sample: readonly Readonly<Record<string, string | null>>[] }) | null;
}

/**
 * The files that a snapshot was read from, at `provenance/snapshots/<hex of the snapshot>/<hex of this>.json`. Beside the snapshot, not in it: other
 * files may give the same rows, and then the same snapshot.
 */
export interface SnapshotInputs {
  readonly schema: 'signalbox/snapshot-inputs/1';
  readonly source: string;
  readonly snapshot: string;
  /** `path` as the source declares it, or relative to the repository where it declares a pattern. */
  readonly files: readonly (BlobRef & { readonly path: string })[];
}

/** A point-in-time dataset: one row a label. */
export interface DatasetRecord {
  readonly schema: 'signalbox/dataset/1';
  readonly model: string;
  readonly snapshot: string;
  /** Digest of the FeatureBundle. */
  readonly features: string;
  readonly fromUs: number;
  readonly toUs: number;
  readonly rows: number;
  /** Parquet: `label_id`, `at_us`, `known_at_us`, the entity key columns, the request inputs, one DOUBLE column a feature named `view.feature`, `label` (0/1), then the other source columns. Sorted by `at_us`, `label_id`. */
  readonly file: BlobRef;
  readonly positives: number;
}

/** One training run. `id` is `<model>-<12 hex of the input digest>`, so the same inputs are the same run. */
export interface RunRecord {
  readonly schema: 'signalbox/run/1';
  readonly id: string;
  readonly model: string;
  readonly commit: string;
  readonly dataset: string;
  readonly features: string;
  readonly codeTree: string;
  readonly environment: string;
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly seed: number;
  readonly onnx: BlobRef;
  /** What the trainer reported: name to value, for people and comparison. */
  readonly reported: Readonly<Record<string, number>>;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
  readonly startedAt: string;
  readonly wallSeconds: number;
}

/** Scores of one package on one evaluation dataset, in the serving runtime. */
export interface EvaluationRecord {
  readonly schema: 'signalbox/evaluation/1';
  readonly model: string;
  /** Digest of the ONNX file that was scored. */
  readonly onnx: string;
  readonly dataset: string;
  readonly metrics: Readonly<Record<string, MetricValue>>;
  readonly slices: Readonly<Record<string, Readonly<Record<string, MetricValue>>>>;
  /** Parquet: `label_id`, `label`, `score`. */
  readonly scores: BlobRef;
}
