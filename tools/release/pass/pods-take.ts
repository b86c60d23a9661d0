import type { RolloutManifest } from '@signalbox/contracts';
import { saysTheSame } from '../reconcile/index.js';
import { asPodsTakeIt } from './check-next.js';
import type { Decided } from './decisions.js';
import { withinTotals } from './totals.js';

export interface Publishing {
  readonly environment: string;
  readonly published: ReadonlyMap<string, RolloutManifest>;
}

/** The decisions as pods take them: each by itself, then all together. What they would refuse is a reason of its own model to wait. */
export function asPodsTakeThem(decided: readonly Decided[], about: Publishing): readonly Decided[] {
  return withinTotals(
    decided.map((one) => takenAlone(one, about)),
    about.published,
  );
}

/** A rule or limits that pods would refuse stay as they are published, so that whoever must lose traffic does: a document must not stand in the way. */
function takenAlone(decided: Decided, { environment, published }: Publishing): Decided {
  const taken = asPodsTakeIt(decided, environment);
  const { decision, model } = decided;
  const current = published.get(model);
  if (decision.manifest === null || taken.decision.manifest !== null || current === undefined) return taken;
  const manifest = { ...decision.manifest, rule: current.rule, limits: current.limits };
  if (movesNothing(current, manifest)) return taken;
  const kept = asPodsTakeIt({ model, decision: { ...decision, manifest } }, environment);
  if (kept.decision.manifest === null) return taken;
  const why = `the published rule and limits stay: with those of its model card it ${taken.decision.reasons.join('; ')}`;
  return { model, decision: { ...kept.decision, reasons: [...decision.reasons, why] } };
}

/** A change of the card alone begins the time of a stage anew, which says nothing once the card's part is left out. */
function movesNothing(current: RolloutManifest, next: RolloutManifest): boolean {
  const { enteredAt } = current.rollout;
  return saysTheSame(current, { ...next, rollout: { ...next.rollout, enteredAt } });
}
