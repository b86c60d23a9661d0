import type { PodStatus } from '@signalbox/contracts';
import type { ServingTable } from '../prediction/index.js';

/** Whether requests should be sent here, and if not, why. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

/** What the HTTP interface sees of the pod: always the newest state, never a copy. */
export interface PodView {
  /** What serves a model now; null for a model that this pod does not serve. */
  table(model: string): ServingTable | null;
  tables(): readonly ServingTable[];
  /** Whether a model (null: any) that nothing serves may come: no manifest was taken yet, or the model is loading. */
  awaits(model: string | null): boolean;
  readiness(): Readiness;
  status(): PodStatus;
  /** The event clock, epoch microseconds: T of a request that names none. Null in a replay whose log has said nothing yet. */
  eventNowUs(): number | null;
}
