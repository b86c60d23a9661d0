import type { Verdict } from '@signalbox/contracts';
import { goLive } from './begin.js';
import { judgeStep } from './judge-step.js';
import { currentStage, type Stage, shadowOf, stagesOf } from './stages.js';
import { move, NO_CANDIDATE, type Rule, type Situation, type Transition } from './transition.js';

/** The stage under way: a fail ends the rollout, only an all-round pass moves it on, and anything else waits where it is. */
export const advance: Rule = (situation) => {
  const judged = judgeUnderWay(situation);
  if (judged === null) return null;
  const { next, rejection, stage, verdicts } = judged;
  if (rejection !== null) return rejection;
  if (verdicts.every((one) => one.verdict === 'pass')) return { ...moveOn(situation, stage, next), verdicts };
  return {
    state: move(situation, { candidate: situation.desired.package }),
    reasons: [waiting(stage, verdicts)],
    verdicts,
  };
};

/** What live traffic says of the stage that the asked version stands in, and where a fail leads; null when it stands in none. */
export function judgeUnderWay(situation: Situation): {
  readonly stage: Stage;
  readonly next: Stage | undefined;
  readonly verdicts: readonly Verdict[];
  readonly rejection: Transition | null;
} | null {
  const { desired, state } = situation;
  if (state.candidate?.digest !== desired.package.digest) return null;
  const stages = stagesOf(desired.strategy);
  const at = currentStage(state, stages);
  if (at === null) return null;
  const [stage, next] = [stages[at]!, stages[at + 1]];
  const verdicts = judgeStep(situation, stage);
  const failures = verdicts.filter((one) => one.verdict === 'fail');
  const rejection = failures.length === 0 ? null : { ...reject(situation, stage, failures), verdicts };
  return { stage, next, verdicts, rejection };
}

function waiting({ label }: Stage, verdicts: readonly Verdict[]): string {
  const open = verdicts
    .filter((one) => one.verdict !== 'pass')
    .map((one) => `${one.id.split('/')[1]} (${one.verdict})`);
  return `${label} waits for ${open.join(', ')}`;
}

function moveOn(situation: Situation, passed: Stage, next: Stage | undefined): Transition {
  if (!next) return goLive(situation, `${passed.label} passed, and it was the last`);
  const { candidateBuckets, label, phase, step } = next;
  const candidate = situation.desired.package;
  return {
    state: move(situation, { phase, step, candidateBuckets, shadow: shadowOf(next, candidate), candidate }),
    reasons: [`${passed.label} passed: on to ${label}`],
    verdicts: [],
  };
}

function reject(situation: Situation, { label }: Stage, failures: readonly Verdict[]): Transition {
  const { desired, serial, state } = situation;
  const reason = `${label}: ${failures.map((one) => one.sentence).join(' ')}`;
  const { digest, version } = desired.package;
  const rejection = { digest, serial: serial + 1, commit: desired.commit, reason };
  return {
    state: move(situation, { ...NO_CANDIDATE, phase: 'rejected', rejected: [...state.rejected, rejection] }),
    reasons: [
      `version ${version} failed and gets no more traffic, version ${state.champion.version} serves: ${reason}`,
    ],
    verdicts: failures,
  };
}
