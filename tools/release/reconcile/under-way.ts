import type { RolloutPhase, Verdict } from '@signalbox/contracts';
import type { StagePhase } from '../analysis/index.js';
import { isUnconfirmed, startAgain } from './enter-stage.js';
import { isUnheard } from './judge-pods.js';
import { judgeStep, type StageJudgement } from './judge-step.js';
import { reasonOf, rememberRejected } from './rejections.js';
import { currentStage, type Stage, stagesOf } from './stages.js';
import { move, NO_CANDIDATE, type Situation, type Transition } from './transition.js';

/** What live traffic says of the stage that the asked version stands in. */
export interface UnderWay {
  readonly stage: Stage;
  readonly next: Stage | undefined;
  readonly verdicts: readonly Verdict[];
  /** Where a failure of the version or of an arm leads, whatever else stands against moving; null: nothing failed. */
  readonly setback: Transition | null;
}

/** Null when the asked version stands in no stage of its strategy. */
export function judgeUnderWay(situation: Situation): UnderWay | null {
  const { desired, state } = situation;
  if (state.candidate?.digest !== desired.package.digest) return null;
  const stages = stagesOf(desired.strategy);
  const at = currentStage(state, stages);
  if (at === null) return null;
  return judgeStage(situation, stages[at]!, stages[at + 1]);
}

/**
 * The same while the strategy has changed or cannot be read, and something keeps the version from starting again: it keeps its part of the traffic, so what it
 * does there is judged by what is known, and it never passes.
 */
export function judgeLeftover(situation: Situation): UnderWay | null {
  const { desired, state } = situation;
  const { arms, candidateBuckets, phase, shadow, step } = state;
  if (state.candidate?.digest !== desired.package.digest || !isStagePhase(phase)) return null;
  const stage: Stage = {
    ...{ phase, id: phase, step, candidateBuckets, label: `${phase} of an earlier strategy` },
    ...{ armBuckets: arms[0]?.buckets ?? 0, shadowBuckets: shadow?.buckets ?? 0 },
    ...{ minDurationUs: 0, maxDurationUs: Number.POSITIVE_INFINITY, minSample: 1 },
  };
  return judgeStage(situation, stage, undefined);
}

const STAGE_PHASES: readonly RolloutPhase[] = ['shadow', 'canary', 'experiment', 'blue-green'];
const isStagePhase = (phase: RolloutPhase): phase is StagePhase => STAGE_PHASES.includes(phase);

function judgeStage(situation: Situation, stage: Stage, next: Stage | undefined): UnderWay {
  const { desired } = situation;
  const isStopped = desired.waits.length > 0 || isUnconfirmed(desired, next?.id ?? 'live');
  const judgement = judgeStep(situation, stage, { isStopped });
  return { stage, next, verdicts: judgement.verdicts, setback: setbackOf(situation, stage, judgement) };
}

function setbackOf(situation: Situation, stage: Stage, judgement: StageJudgement): Transition | null {
  const { verdicts, winner } = judgement;
  const failures = verdicts.filter((one) => one.verdict === 'fail');
  if (failures.length > 0) {
    const told = [...failures, ...verdicts.filter(isUnheard)];
    return { ...reject(situation, stage, { failures: told, winner }), verdicts };
  }
  return judgement.failedArms.length === 0 ? null : { ...dropArms(situation, stage, judgement), verdicts };
}

function reject(
  situation: Situation,
  { label }: Stage,
  { failures, winner }: { readonly failures: readonly Verdict[]; readonly winner: number | null },
): Transition {
  const { desired, published, state } = situation;
  const reason = reasonOf(label, failures);
  const { digest, version } = desired.package;
  const rejection = {
    ...{ digest, serial: published.serial + 1, commit: desired.commit, reason },
    ...(winner === null ? {} : { winner }),
  };
  const rejected = rememberRejected(state.rejected, [rejection], desired);
  return {
    state: move(situation, { ...NO_CANDIDATE, phase: 'rejected', rejected }),
    reasons: [
      `version ${version} failed and gets no more traffic, version ${state.champion.version} serves: ${reason}`,
    ],
    verdicts: failures,
  };
}

/** An arm that fails is rejected as a candidate would be; the others compete on without it. */
function dropArms(situation: Situation, { label }: Stage, { failedArms }: StageJudgement): Transition {
  const { desired, published, state } = situation;
  const rejections = failedArms.map(({ arm, failures }) => ({
    digest: arm.package.digest,
    serial: published.serial + 1,
    commit: desired.commit,
    reason: reasonOf(label, failures),
  }));
  const gone = new Set(rejections.map(({ digest }) => digest));
  const left = state.arms.filter((arm) => !gone.has(arm.package.digest));
  const rejected = rememberRejected(state.rejected, rejections, desired);
  const without = { ...situation, state: { ...state, rejected } };
  return {
    state: startAgain(without, left),
    reasons: failedArms.map(
      ({ arm }, at) =>
        `arm version ${arm.package.version} failed and gets no more traffic, the experiment starts again without it: ${rejections[at]!.reason}`,
    ),
    verdicts: [],
  };
}
