import type { RolloutManifest } from '@signalbox/contracts';
import type { Desired } from '../reconcile/index.js';
import { decidingRule, reconcile } from '../reconcile/index.js';

/** What is published of a model, and what the next pass would make of it once a change is merged. */
export interface Outlook {
  readonly published: RolloutManifest;
  readonly next: RolloutManifest;
  /** Why, as the reconciler says it; none where a stage that is under way just goes on. */
  readonly reasons: readonly string[];
  /** Published commits that the branch lacks: the reconciler publishes nothing, so `next` is what is published. */
  readonly lost: readonly string[];
  /** The asked version was asked for here before, and is neither live nor loaded. */
  readonly isReturn: boolean;
}

/** By `<environment>/<model>`. */
export type Outlooks = ReadonlyMap<string, Outlook>;

/** Pure: the decision is the reconciler's own. What pods say is left out, because it decides how a stage ends, and not what a change does. */
export function outlookOf(
  desired: Desired,
  published: RolloutManifest,
  { eventNowUs, isReturn }: { readonly eventNowUs: number | null; readonly isReturn: boolean },
): Outlook {
  const input = { desired, current: published, pods: [], eventNowUs };
  const { manifest, reasons } = reconcile(input);
  const told = decidingRule(input) === 'advance' ? [] : reasons;
  return { published, next: manifest ?? published, reasons: told, lost: [], isReturn };
}

/** Whether the asked version answers everything in the next pass. */
export const goesAtOnce = ({ next }: Outlook, version: number): boolean =>
  next.champion === version && next.candidate === null;
