import type { PredictionIds, PredictionLog } from '../telemetry/index.js';

/** What making predictions needs from outside. */
export interface PredictorOptions {
  readonly log: PredictionLog;
  readonly ids: PredictionIds;
  /** Wall milliseconds, monotonic. */
  readonly now: () => number;
  /** Epoch milliseconds. */
  readonly wallNow: () => number;
  /** What went wrong inside a version, in the runtime's words. */
  readonly onProblem: (problem: string) => void;
}
