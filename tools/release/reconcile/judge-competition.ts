import { BUCKETS, type Strategy, type Verdict } from '@signalbox/contracts';
import {
  type AnalysisRule,
  EXPERIMENT_ID,
  type ExperimentArm,
  judgeEvidence,
  judgeExperiment,
  SAMPLE_RATIO_ID,
  type SideEvidence,
} from '../analysis/index.js';
import { judgeBreaker, judgePods } from './judge-pods.js';
import type { FailedArm } from './judge-step.js';
import { countedPods, type Parties, splitCell, splittingPods } from './parties.js';
import type { PackageShare } from './state.js';
import type { Situation } from './transition.js';

/**
 * Who wins an experiment. A fail ends it for the asked version: another arm won, or nobody did in time. One that has just lost an arm starts again: what was counted
 * belongs to another split.
 */
export function judgeCompetition(
  situation: Situation,
  { arms, candidate, champion }: Parties,
  {
    elapsedUs,
    experiment,
  }: { readonly experiment: NonNullable<Strategy['experiment']>; readonly elapsedUs: number | null },
): { readonly verdicts: readonly Verdict[]; readonly winner: number | null } {
  const { desired, published, state } = situation;
  if (state.salt !== published.salt) return { verdicts: [STARTS_AGAIN], winner: null };
  const armOf = (share: PackageShare, evidence: SideEvidence, route: 'champion' | 'candidate'): ExperimentArm => ({
    ...{ version: share.package.version, buckets: share.buckets, evidence },
    split: splitCell(situation, share.package, route),
  });
  const asked = armOf({ package: desired.package, buckets: state.candidateBuckets }, candidate, 'candidate');
  const others = arms.map(({ arm, evidence }) => armOf(arm, evidence, 'candidate'));
  const taken = [asked, ...others].reduce((sum, { buckets }) => sum + buckets, 0);
  const live = armOf({ package: state.champion, buckets: BUCKETS - taken }, champion, 'champion');
  const judgement = judgeExperiment(
    { champion: live, asked, others },
    {
      experiment,
      metric: desired.metrics.get(experiment.metric),
      confidence: desired.strategy.analysis.confidence,
      elapsedUs,
    },
  );
  return { ...judgement, verdicts: judgement.verdicts.map((one) => withLeftOut(one, situation)) };
}

/** A breaker bends the split, which then says nothing of how units are drawn. */
function withLeftOut(verdict: Verdict, situation: Situation): Verdict {
  const leftOut = countedPods(situation).length - splittingPods(situation).length;
  if (verdict.id !== SAMPLE_RATIO_ID || leftOut === 0) return verdict;
  const pods =
    leftOut === 1 ? 'One pod that asks a version no more is' : `${leftOut} pods that ask a version no more are`;
  return { ...verdict, sentence: `${verdict.sentence} ${pods} left out.` };
}

const STARTS_AGAIN: Verdict = {
  id: EXPERIMENT_ID,
  verdict: 'no-data',
  sentence: 'An arm was taken out: the experiment starts again.',
};

/** Each other arm is held to what the asked version is held to: users must not pay for a comparison. */
export function failedArms(
  situation: Situation,
  { arms, champion }: Parties,
  rule: AnalysisRule,
): readonly FailedArm[] {
  return arms.flatMap(({ arm, evidence }) => {
    const verdicts = [
      judgePods(situation, arm.package),
      judgeBreaker(situation, arm.package),
      ...judgeEvidence({ candidate: evidence, champion }, rule),
    ];
    const failures = verdicts.filter((one) => one.verdict === 'fail');
    return failures.length === 0 ? [] : [{ arm, failures }];
  });
}
