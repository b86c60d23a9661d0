import type { Verdict } from '@signalbox/contracts';

/** All that a report shows, measured elsewhere. Wall times are epoch milliseconds, event times epoch microseconds. */
export interface ReportData {
  readonly title: string;
  readonly model: string;
  readonly environment: string;
  readonly generatedAtMs: number;
  readonly requests: RequestCounts;
  readonly acts: readonly ReportAct[];
  /** Of everything, the acts and what lies before and between them. */
  readonly wallSeconds: number;
  readonly versions: readonly ReportVersion[];
  readonly rollout: readonly RolloutEntry[];
  readonly traffic: readonly TrafficBin[];
  readonly rollback: ReportRollback | null;
  readonly parity: ReportParity | null;
  /** Pull requests that gates refused: they never became a version. */
  readonly blocked?: readonly ReportBlocked[];
  readonly drift?: ReportDrift;
  readonly lineage?: ReportLineage;
}

export interface RequestCounts {
  readonly total: number;
  /** No useful answer. */
  readonly failed: number;
  /** A useful answer by a lesser way; by reason. */
  readonly degraded: Readonly<Record<string, number>>;
  readonly medianMs: number;
  readonly p99Ms: number;
}

export interface ReportAct {
  readonly name: string;
  readonly seconds: number;
  /** What happened and why, a sentence each. */
  readonly story: readonly string[];
}

export interface ReportVersion {
  readonly version: number;
  readonly digest: string;
  readonly outcome: 'live' | 'blocked' | 'rejected' | 'rolled-back' | 'superseded';
  readonly features: number;
  readonly metrics: Readonly<Record<string, { readonly value: number; readonly interval?: readonly [number, number] }>>;
  readonly verdicts: readonly Verdict[];
  /** Scores on the evaluation rows; the same rows for every version of a report. */
  readonly scores: ScoredRows | null;
}

export interface ScoredRows {
  readonly labels: Uint8Array;
  readonly scores: Float64Array;
}

/** One published manifest. */
export interface RolloutEntry {
  readonly wallMs: number;
  readonly eventUs: number;
  readonly serial: number;
  readonly phase: string;
  readonly champion: number;
  readonly candidate: number | null;
  /** Share of units that the candidate answers, 0 to 1. */
  readonly share: number;
  /** Share of the traffic that the candidate gets copies of, 0 to 1. */
  readonly shadowShare: number;
  /** Why the reconciler published it. */
  readonly reason: string;
  /** What the step before had shown, judged. */
  readonly verdicts?: readonly Verdict[];
}

/** Answers of one version within one slice of event time. */
export interface TrafficBin {
  readonly eventUs: number;
  readonly version: string;
  readonly answers: number;
}

export interface ReportRollback {
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly seconds: number;
  readonly allowedSeconds: number;
  /** What the allowance is made of, in words. */
  readonly allowance: string;
  /** Seconds since the revert stood on main (negative before), and which version answered. */
  readonly answers: readonly { readonly atSeconds: number; readonly version: string }[];
}

export interface ReportParity {
  readonly checked: number;
  readonly unexplained: number;
  /** Other classes of difference, each with its count and what it means. */
  readonly classes: readonly { readonly name: string; readonly count: number; readonly meaning: string }[];
}

export interface ReportBlocked {
  readonly number: number;
  readonly title: string;
  /** What it changed, as lines of a diff; empty where that is long. */
  readonly change: readonly string[];
  /** What every gate said. */
  readonly verdicts: readonly Verdict[];
}

/** What monitoring found: the answer of `signalbox monitor` has this shape. */
export interface ReportDrift {
  readonly live: { readonly version: number };
  /** Event time of what was looked at, from (included) to (excluded). */
  readonly fromUs: number;
  readonly toUs: number;
  readonly windows: readonly { readonly fromUs: number }[];
  readonly signals: readonly DriftSignal[];
  /** What it led to, in a sentence. */
  readonly followedBy?: string;
}

export interface DriftSignal {
  /** `view.feature`, or `score`. */
  readonly name: string;
  readonly verdict: Verdict;
  /** The bins in words, with the shares of the reference and of live traffic; `live` is null without any. */
  readonly labels: readonly string[];
  readonly reference: readonly number[];
  readonly live: readonly number[] | null;
  /** The distance from which on it counts. */
  readonly threshold: number;
  /** As long as the windows of the report; one without a distance could not be judged. */
  readonly windows: readonly {
    readonly state: string;
    readonly rows: number;
    readonly distance?: number;
    readonly noiseFloor?: number;
  }[];
}

/** One answer and what it came from: the graph of `signalbox lineage` has this shape. */
export interface ReportLineage {
  readonly prediction: string;
  /** The story of the answer, a sentence each. */
  readonly story: readonly string[];
  readonly graph: ReportGraph;
}

/** Causes point at effects; no cycles. */
export interface ReportGraph {
  readonly nodes: readonly ReportGraphNode[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

export interface ReportGraphNode {
  readonly id: string;
  readonly kind: string;
  readonly title: string;
  readonly facts: Readonly<Record<string, string | number>>;
  readonly doubt: string | null;
}
