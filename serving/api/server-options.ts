import type { Predictor } from '../prediction/index.js';
import type { OnlineStore } from '../stores/index.js';
import type { OutcomeLog, PodMetrics } from '../telemetry/index.js';
import type { PodView } from './pod-view.js';

/** What the endpoints of a pod work with. */
export interface ServerOptions {
  readonly pod: PodView;
  readonly predictor: Predictor;
  readonly online: OnlineStore;
  readonly outcomes: OutcomeLog;
  readonly metrics: PodMetrics;
  readonly bodyLimitBytes: number;
  readonly wallNow: () => number;
  /** A defect of ours, for the log. */
  readonly onBug: (error: unknown) => void;
}
