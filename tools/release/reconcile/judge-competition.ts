import { BUCKETS, type Strategy, type Verdict } from '@signalbox/contracts';
import {
  type AnalysisRule,
  EXPERIMENT_ID,
  type ExperimentArm,
  judgeEvidence,
  judgeExperiment,
} from '../analysis/index.js';
import { judgeBreaker } from './judge-pods.js';
import type { FailedArm } from './judge-step.js';
import type { Parties } from './parties.js';
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
  const others = arms.map(
    ({ arm, evidence }): ExperimentArm => ({ version: arm.package.version, buckets: arm.buckets, evidence }),
  );
  const asked = { version: desired.package.version, buckets: state.candidateBuckets, evidence: candidate };
  const taken = [asked, ...others].reduce((sum, { buckets }) => sum + buckets, 0);
  const live = { version: state.champion.version, buckets: BUCKETS - taken, evidence: champion };
  return judgeExperiment(
    { champion: live, asked, others },
    {
      experiment,
      metric: desired.metrics.get(experiment.metric),
      confidence: desired.strategy.analysis.confidence,
      elapsedUs,
    },
  );
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
    const verdicts = [judgeBreaker(situation, arm.package), ...judgeEvidence({ candidate: evidence, champion }, rule)];
    const failures = verdicts.filter((one) => one.verdict === 'fail');
    return failures.length === 0 ? [] : [{ arm, failures }];
  });
}
