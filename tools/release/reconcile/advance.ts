import type { Verdict } from '@signalbox/contracts';
import { goLive } from './begin.js';
import { usableArms } from './companions.js';
import { awaitsConfirmation, enterStage, isUnconfirmed, startAgain } from './enter-stage.js';
import type { Stage } from './stages.js';
import { move, type Rule, type Situation, type Transition } from './transition.js';
import { judgeUnderWay, type UnderWay } from './under-way.js';

/** The stage under way: a fail ends the rollout, only an all-round pass moves it on, and anything else waits where it is. */
export const advance: Rule = (situation) => {
  const judged = judgeUnderWay(situation);
  if (judged === null) return null;
  const { setback, stage, verdicts } = judged;
  if (setback !== null) return setback;
  const changed = changedArms(situation, stage);
  if (changed !== null) return { ...changed, verdicts };
  const next = verdicts.every((one) => one.verdict === 'pass') ? moveOn(situation, judged) : null;
  if (next !== null) return { ...next, verdicts };
  const candidate = situation.desired.package;
  return { state: move(situation, { candidate }), reasons: [waiting(situation, judged)], verdicts };
};

/** Another set of arms is asked for than competes: nothing that was counted says how the new ones compare. */
function changedArms(situation: Situation, stage: Stage): Omit<Transition, 'verdicts'> | null {
  const { desired, state } = situation;
  const { kept } = usableArms(desired, state, stage);
  const digests = (arms: typeof kept): string => arms.map((arm) => arm.package.digest).join(' ');
  if (digests(kept) === digests(state.arms)) return null;
  return { state: startAgain(situation, kept), reasons: [`the arms changed: the ${stage.label} starts again`] };
}

/** Null: a person must confirm it first. */
function moveOn(situation: Situation, { next, stage }: UnderWay): Omit<Transition, 'verdicts'> | null {
  if (isUnconfirmed(situation.desired, next?.id ?? 'live')) return null;
  if (!next) return goLive(situation, `${stage.label} passed, and it was the last`);
  return { state: enterStage(situation, next), reasons: [`${stage.label} passed: on to ${next.label}`] };
}

function waiting({ desired }: Situation, { next, stage, verdicts }: UnderWay): string {
  const open = openVerdicts(verdicts);
  if (open.length > 0) return `${stage.label} waits for ${open.join(', ')}`;
  return `${stage.label} passed; ${awaitsConfirmation(desired, next?.id ?? 'live')}`;
}

function openVerdicts(verdicts: readonly Verdict[]): readonly string[] {
  return verdicts
    .filter((one) => one.verdict !== 'pass')
    .map((one) => `${one.id.replace('rollout/', '')} (${one.verdict})`);
}
