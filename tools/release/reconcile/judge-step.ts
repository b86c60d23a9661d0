import type { Verdict } from '@signalbox/contracts';
import { type AnalysisRule, judgeEvidence } from '../analysis/index.js';
import { failedArms, judgeCompetition } from './judge-competition.js';
import { isHeldUpByPods, judgeBreaker, judgePods } from './judge-pods.js';
import { judgeDeadline, judgeDuration, timeIn } from './judge-time.js';
import { judgedSegments, type Parties, partiesOf } from './parties.js';
import { type Stage, stagesOf } from './stages.js';
import type { PackageShare } from './state.js';
import type { Situation } from './transition.js';

/** What one pass sees of the stage under way. */
export interface StageJudgement {
  /** About the asked version. */
  readonly verdicts: readonly Verdict[];
  /** The other arm that won the experiment; null: none did. */
  readonly winner: number | null;
  /** Other arms that failed by themselves, and in what. */
  readonly failedArms: readonly FailedArm[];
}

export interface FailedArm {
  readonly arm: PackageShare;
  readonly failures: readonly Verdict[];
}

/**
 * Every condition of a stage, all of them in every pass: a stage that waits for time is still judged for failure. `isStopped`: something else keeps it from
 * moving on, so that it may stand here for having passed.
 */
export function judgeStep(
  situation: Situation,
  stage: Stage,
  { isStopped }: { readonly isStopped: boolean },
): StageJudgement {
  const parties = partiesOf(situation, stage);
  const rule = analysisRule(situation, stage);
  const pods = judgePods(situation, situation.desired.package);
  const verdicts = [
    pods,
    judgeBreaker(situation, situation.desired.package),
    judgeDuration(situation, stage),
    judgeSample(parties, stage),
    ...judgeEvidence(parties, rule),
  ];
  // A store that cannot be read for a moment must not end what passed long ago.
  const maySay = !isStopped || pods.verdict === 'pass';
  const elapsedUs = maySay ? timeIn(situation) : null;
  const { experiment } = situation.desired.strategy;
  const failed = failedArms(situation, parties, rule);
  if (stage.phase !== 'experiment' || experiment === undefined) {
    return { verdicts: withDeadline(verdicts, stage, elapsedUs), winner: null, failedArms: failed };
  }
  const { verdicts: compared, winner } = judgeCompetition(situation, parties, { experiment, elapsedUs });
  return {
    verdicts: withDeadline([...verdicts, ...compared], stage, elapsedUs),
    winner: winner === situation.desired.package.version ? null : winner,
    failedArms: failed,
  };
}

/** A stage that passed may wait for a person, a freeze or single pods as long as they take; only one that shows nothing runs out of time. */
function withDeadline(verdicts: readonly Verdict[], stage: Stage, elapsedUs: number | null): readonly Verdict[] {
  const hasPassed = verdicts.every((one) => one.verdict === 'pass' || isHeldUpByPods(one));
  const hasFailed = verdicts.some((one) => one.verdict === 'fail');
  const deadline = hasPassed || hasFailed ? null : judgeDeadline(stage, elapsedUs);
  return deadline === null ? verdicts : [...verdicts, deadline];
}

function analysisRule(situation: Situation, { phase }: Stage): AnalysisRule {
  const { metrics, strategy } = situation.desired;
  // What is left of an earlier strategy is a stage, also where the strategy of now has none.
  const stages = Math.max(1, stagesOf(strategy).length);
  const arms = 1 + situation.state.arms.length;
  return { analysis: strategy.analysis, phase, stages, arms, metrics, criticalSegments: judgedSegments(situation) };
}

/** Of an experiment every arm needs it, so the one with the fewest requests is looked at. */
function judgeSample({ arms, candidate }: Parties, { minSample }: Stage): Verdict {
  const asked = [candidate, ...arms.map(({ evidence }) => evidence)].map(({ cell }) => cell?.asked ?? 0);
  const requests = Math.min(...asked);
  const who = arms.length === 0 ? 'The candidate' : 'The arm with the fewest';
  return {
    id: 'rollout/sample',
    verdict: requests >= minSample ? 'pass' : 'inconclusive',
    sentence: `${who} got ${requests} of at least ${minSample} requests.`,
    value: requests,
    bound: minSample,
    sampleSize: requests,
  };
}
