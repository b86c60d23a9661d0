import type { KeyValue, PredictionRecord } from '@signalbox/contracts';
import type { BlobStore } from '../stores/index.js';
import { SegmentLog } from './segment-log.js';
import { tokenJson } from './token-json.js';

/** A prediction that will be written: cheap to make, turned to text in the background. `features`: NaN is NULL. */
export type PendingPrediction = Omit<PredictionRecord, 'features' | 'entities'> & {
  readonly features: Float32Array | null;
  readonly entities: Readonly<Record<string, readonly KeyValue[]>>;
};

export interface LogOptions {
  readonly store: Pick<BlobStore, 'write'>;
  readonly environment: string;
  readonly pod: string;
  readonly wallNow: () => number;
  readonly onProblem: (problem: string) => void;
  readonly flushMs?: number;
}

export interface PredictionLogOptions extends LogOptions {
  /** The share of predictions that is kept, 0 to 1; null: all in a replay, a tenth elsewhere. */
  readonly rate: number | null;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** Writing a record costs about a third of answering; counts and metrics see every answer whatever the sample. */
const DEFAULT_RATE = 0.1;

/** A sample of the answers and every failure, as JSON Lines of `PredictionRecord` under `evidence/<env>/<pod>/predictions/`. */
export class PredictionLog {
  readonly segments: SegmentLog<PendingPrediction>;
  readonly #rate: number | null;
  readonly #random: () => number;

  constructor({ environment, pod, rate, random, ...rest }: PredictionLogOptions) {
    this.#rate = rate;
    this.#random = random;
    this.segments = new SegmentLog({
      ...rest,
      prefix: `evidence/${environment}/${pod}/predictions`,
      serialise: predictionLine,
    });
  }

  /** Whether the next prediction is in the sample; asked before the record is made. */
  wants(replay: boolean): boolean {
    const rate = this.#rate ?? (replay ? 1 : DEFAULT_RATE);
    return rate >= 1 || (rate > 0 && this.#random() < rate);
  }

  append(prediction: PendingPrediction): void {
    this.segments.append(prediction);
  }
}

/** Written by hand: the names are ours, and this runs for every answer. */
export function predictionLine(p: PendingPrediction): string {
  return `{"id":"${p.id}","model":"${p.model}","version":${p.version},"package":"${p.package}","serial":${p.serial},"atUs":${p.atUs},"wallMs":${p.wallMs},"role":"${p.role}","degraded":${p.degraded === null ? 'null' : JSON.stringify(p.degraded)},"score":${p.score},"failures":${p.failures.length === 0 ? '[]' : JSON.stringify(p.failures)},"sampled":${p.sampled},"entities":${JSON.stringify(p.entities)},"request":${JSON.stringify(p.request)},"features":${numbersJson(p.features)},"provided":${p.provided.length === 0 ? '[]' : JSON.stringify(p.provided)},"token":${tokenJson(p.token)}}`;
}

function numbersJson(values: Float32Array | null): string {
  if (values === null) return '[]';
  let text = '[';
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at]!;
    if (at > 0) text += ',';
    text += Number.isFinite(value) ? value : 'null';
  }
  return `${text}]`;
}
