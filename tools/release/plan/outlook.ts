import type { RolloutManifest } from '@signalbox/contracts';
import type { Desired } from '../reconcile/index.js';
import { decidingRule, reconcile } from '../reconcile/index.js';

/** What is published of a model, and what the next pass would make of it once a change is merged. */
export interface Outlook {
  readonly published: RolloutManifest;
  readonly next: RolloutManifest;
  /** Why, as the reconciler says it; none where a stage that is under way just goes on. */
  readonly reasons: readonly string[];
}

/** By `<environment>/<model>`. */
export type Outlooks = ReadonlyMap<string, Outlook>;

/** Pure: the decision is the reconciler's own. What pods say is left out, because it decides how a stage ends, and not what a change does. */
export function outlookOf(desired: Desired, published: RolloutManifest, eventNowUs: number | null): Outlook {
  const input = { desired, current: published, pods: [], eventNowUs };
  const { manifest, reasons } = reconcile(input);
  return { published, next: manifest ?? published, reasons: decidingRule(input) === 'advance' ? [] : reasons };
}

/** Whether the asked version answers everything in the next pass. */
export const goesAtOnce = ({ next }: Outlook, version: number): boolean =>
  next.champion === version && next.candidate === null;

/** Whether going back to a version loads nothing. */
export const keepsLoaded = ({ next }: Outlook, version: number): boolean =>
  next.packages.some((one) => one.version === version);
