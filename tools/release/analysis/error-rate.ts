import { type EvidenceCell, failuresOf, type Verdict } from '@signalbox/contracts';
import { type Interval, rateSequence } from '../../statistics/index.js';
import { noRequests } from './no-requests.js';
import type { ErrorBudget, Evidence } from './rule.js';

export const ERROR_RATE_ID = 'rollout/error-rate';

export interface ErrorRateRule {
  /** The largest difference (candidate − champion) that is still good enough, as a share. */
  readonly margin: number;
  readonly budget: ErrorBudget;
}

/** A single unlucky request must not end a rollout: fewer failures than this never make a fail, whatever the bounds say. */
export const MIN_FAILURES = 3;
/** While more requests than this fail, "no worse than the champion" says nothing good of either: an outage promotes nobody. */
const OUTAGE_SHARE = 0.5;

const FORMULA = 'candidate − champion error rate; Beta-Binomial confidence sequences, half of the error for each side';

/**
 * Non-inferiority of the error rate on concurrent traffic. Pass: the upper bound of (candidate − champion) is under the margin. Fail: the lower
 * bound is above it. What fails for both is not held against the candidate.
 */
export function judgeErrorRate({ candidate, champion }: Evidence, { margin, budget }: ErrorRateRule): Verdict {
  const measured = { id: ERROR_RATE_ID, bound: margin, formula: FORMULA };
  const missing = noRequests({ candidate, champion });
  if (missing !== null) return { ...measured, verdict: 'no-data', sentence: missing };
  const sides = { candidate: candidate!, champion: champion! };
  const failed = failuresOf(sides.candidate);
  const low = difference(sides, budget.fail)[0];
  const high = difference(sides, budget.pass)[1];
  const found = {
    ...measured,
    value: failed / sides.candidate.asked - failuresOf(sides.champion) / sides.champion.asked,
    interval: [low, high] as [number, number],
    sampleSize: sides.candidate.asked,
  };
  const rates = `The candidate failed ${rate(sides.candidate)}, the champion ${rate(sides.champion)}`;
  const goal = `the margin of ${points(margin)}`;
  if (high < margin && failed > OUTAGE_SHARE * sides.candidate.asked) {
    const sentence = `${rates}: nobody is promoted while most requests fail.`;
    return { ...found, verdict: 'inconclusive', sentence };
  }
  if (high < margin) {
    return { ...found, verdict: 'pass', sentence: `${rates}: a difference of at most ${points(high)}, under ${goal}.` };
  }
  if (low > margin && failed >= MIN_FAILURES) {
    return { ...found, verdict: 'fail', sentence: `${rates}: a difference of at least ${points(low)}, over ${goal}.` };
  }
  const sentence = `${rates}: a difference between ${points(low)} and ${points(high)}, against ${goal}; more requests will tell.`;
  return { ...found, verdict: 'inconclusive', sentence };
}

/** The difference lies between these at any look, but for a share `alpha` of rollouts: each side may miss in half of them. */
function difference({ candidate, champion }: Record<keyof Evidence, EvidenceCell>, alpha: number): Interval {
  const [candidateLow, candidateHigh] = boundsOf(candidate, alpha / 2);
  const [championLow, championHigh] = boundsOf(champion, alpha / 2);
  return [candidateLow - championHigh, candidateHigh - championLow];
}

/** Counts that were checked always have bounds; what has none is bounded by what a rate can be. */
function boundsOf(cell: EvidenceCell, alpha: number): Interval {
  const bounds = rateSequence({ successes: failuresOf(cell), trials: cell.asked }, alpha);
  return bounds.defined ? bounds.value : [0, 1];
}

const rate = (cell: EvidenceCell): string => `${failuresOf(cell)} of ${cell.asked} requests`;
const points = (share: number): string =>
  `${share < 0 ? '−' : ''}${Math.abs(share * 100).toFixed(2)} percentage points`;
