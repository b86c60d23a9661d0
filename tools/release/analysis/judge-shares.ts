import type { Verdict } from '@signalbox/contracts';
import { type Interval, rateSequence, type Trials } from '../../statistics/index.js';
import type { ErrorBudget } from './rule.js';

/** Requests with something bad about them, of all, on both sides. */
export interface Shares {
  readonly candidate: Trials;
  readonly champion: Trials;
}

export interface SharesRule {
  readonly id: string;
  /** The largest difference (candidate − champion) that is still good enough, as a share. */
  readonly margin: number;
  readonly budget: ErrorBudget;
  /** What is counted, such as `candidate − champion error rate`. */
  readonly measure: string;
  /** What happened to the bad ones, such as `failed`. */
  readonly verb: string;
  /** Where requests of one part only are counted, such as ` of segment express`. */
  readonly where?: string;
}

/** A single unlucky request must not end a rollout: fewer bad ones than this never make a fail, whatever the bounds say. */
export const MIN_FAILURES = 3;
/** While more requests than this are bad, "no worse than the champion" says nothing good of either: an outage promotes nobody. */
const OUTAGE_SHARE = 0.5;

/**
 * Non-inferiority of a share of bad requests on concurrent traffic. Pass: the upper bound of (candidate − champion) is under the margin. Fail: the lower
 * bound is above it. What is bad for both is not held against the candidate.
 */
export function judgeShares(sides: Shares, { budget, id, margin, measure, verb, where = '' }: SharesRule): Verdict {
  const { candidate, champion } = sides;
  const low = differenceOfRates(sides, budget.fail)[0];
  const high = differenceOfRates(sides, budget.pass)[1];
  const found = {
    ...{ id, bound: margin },
    formula: `${measure}; Beta-Binomial confidence sequences, half of the error for each side`,
    value: candidate.successes / candidate.trials - champion.successes / champion.trials,
    interval: [low, high] as [number, number],
    sampleSize: candidate.trials,
  };
  const rates = `The candidate ${verb} ${rate(candidate)}${where}, the champion ${rate(champion)}`;
  const goal = `the margin of ${points(margin)}`;
  if (high < margin && candidate.successes > OUTAGE_SHARE * candidate.trials) {
    return { ...found, verdict: 'inconclusive', sentence: `${rates}: nobody is promoted while most requests fail.` };
  }
  if (high < margin) {
    return { ...found, verdict: 'pass', sentence: `${rates}: a difference of at most ${points(high)}, under ${goal}.` };
  }
  if (low > margin && candidate.successes >= MIN_FAILURES) {
    return { ...found, verdict: 'fail', sentence: `${rates}: a difference of at least ${points(low)}, over ${goal}.` };
  }
  const sentence = `${rates}: a difference between ${points(low)} and ${points(high)}, against ${goal}; more requests will tell.`;
  return { ...found, verdict: 'inconclusive', sentence };
}

/** The difference (candidate − champion) lies between these at any look, but for a share `alpha` of rollouts: each side may miss in half of them. */
export function differenceOfRates({ candidate, champion }: Shares, alpha: number): Interval {
  const [candidateLow, candidateHigh] = boundsOf(candidate, alpha / 2);
  const [championLow, championHigh] = boundsOf(champion, alpha / 2);
  return [candidateLow - championHigh, candidateHigh - championLow];
}

/** Counts that were checked always have bounds; what has none is bounded by what a rate can be. */
export function boundsOf(trials: Trials, alpha: number): Interval {
  const bounds = rateSequence(trials, alpha);
  return bounds.defined ? bounds.value : [0, 1];
}

const rate = ({ successes, trials }: Trials): string => `${successes} of ${trials} requests`;
const points = (share: number): string =>
  `${share < 0 ? '−' : ''}${Math.abs(share * 100).toFixed(2)} percentage points`;
