import type { PredictionRecord } from '@signalbox/contracts';
import type { FailedAttempt } from '../degradation/index.js';
import type { FeatureVector } from '../features/index.js';
import type { PredictRequest } from './request.js';
import type { ServingTable, TableVersion } from './serving-table.js';

/** A useful answer, and everything that the caller and the log are told about it. */
export interface Prediction {
  readonly id: string;
  readonly score: number;
  readonly role: Exclude<PredictionRecord['role'], 'none'>;
  /** The segment of the manifest that the request belongs to; null: none. */
  readonly segment: string | null;
  /** Who answered; for the rule, whose features it read. */
  readonly by: TableVersion;
  readonly table: ServingTable;
  readonly request: PredictRequest;
  /** Null for a rule that answered without features. */
  readonly vector: FeatureVector | null;
  /** Why the answer is not what the manifest meant; null when it is. */
  readonly degraded: string | null;
  /** The versions that were asked before and gave no score. */
  readonly failures: readonly FailedAttempt[];
}

/** No version, fallback or rule could answer. */
export interface NoAnswer {
  readonly reason: string;
  /** The pod is only busy: the same request may be answered a little later. */
  readonly overloaded: boolean;
}

export type PredictionCallback = (prediction: Prediction | null, problem: NoAnswer | null) => void;
