import type { Verdict } from '@signalbox/contracts';
import { newcombeInterval } from '../statistics/index.js';

/** What one version did with the requests it got. */
export interface Outcomes {
  readonly requests: number;
  readonly failed: number;
}

export interface ErrorRateRule {
  /** The largest difference (candidate − champion) that is still good enough, as a share. */
  readonly margin: number;
  /** One-sided. */
  readonly confidence: number;
}

/** A single unlucky request must not end a rollout: fewer failures than this never make a fail, whatever the interval says. */
export const MIN_FAILURES = 3;

const FORMULA = 'candidate − champion error rate, Newcombe hybrid score interval (Wilson), one-sided';

/**
 * Non-inferiority of the error rate on concurrent traffic. Pass: the upper bound of (candidate − champion) is under the margin, so no
 * failure among n is evidence of about 3/n. Fail: the lower bound is above it. Everything between is inconclusive, and a side without
 * a request is no data. The interval is one-sided, hence two-sided at 2c − 1.
 */
export function judgeErrorRate(
  candidate: Outcomes,
  champion: Outcomes,
  { margin, confidence }: ErrorRateRule,
): Verdict {
  const id = 'rollout/error-rate';
  const interval = newcombeInterval(trials(candidate), trials(champion), 2 * confidence - 1);
  if (!interval.defined) {
    const missing = candidate.requests === 0 ? 'candidate' : 'champion';
    return {
      id,
      verdict: 'no-data',
      sentence: `The ${missing} has had no request in this step to compare.`,
      bound: margin,
    };
  }
  const [low, high] = interval.value;
  const value = candidate.failed / candidate.requests - champion.failed / champion.requests;
  const measured = {
    id,
    value,
    interval: [low, high] as [number, number],
    bound: margin,
    formula: FORMULA,
    sampleSize: candidate.requests,
  };
  const rates = `The candidate failed ${rate(candidate)}, the champion ${rate(champion)}`;
  if (high < margin) {
    const sentence = `${rates}: at most ${percent(high)} worse, under the margin of ${percent(margin)}.`;
    return { ...measured, verdict: 'pass', sentence };
  }
  if (low > margin && candidate.failed >= MIN_FAILURES) {
    const sentence = `${rates}: at least ${percent(low)} worse, over the margin of ${percent(margin)}.`;
    return { ...measured, verdict: 'fail', sentence };
  }
  const sentence = `${rates}: between ${percent(low)} and ${percent(high)} worse, the margin is ${percent(margin)}; more requests will tell.`;
  return { ...measured, verdict: 'inconclusive', sentence };
}

const trials = ({ requests, failed }: Outcomes) => ({ successes: failed, trials: requests });
const rate = ({ requests, failed }: Outcomes): string => `${failed} of ${requests} requests`;
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;
