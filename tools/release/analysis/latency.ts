import type { Strategy, Verdict } from '@signalbox/contracts';
import { noRequests } from './no-requests.js';
import { type QuantileBounds, quantileBounds, sketchQuantileMs } from './quantile-bounds.js';
import type { ErrorBudget, Sides } from './rule.js';

export const LATENCY_ID = 'rollout/latency';

export interface LatencyRule extends NonNullable<Strategy['analysis']['latency']> {
  readonly budget: ErrorBudget;
}

/**
 * Slow requests come in bursts: a cold start or one pause slows whatever is asked meanwhile, and the bounds take each request for itself. So fewer
 * requests than these never make a fail, whatever the bounds say.
 */
export const MIN_TIMED = 250;

const FORMULA = 'candidate − champion latency quantile; confidence sequences of both, half of the error for each side';

/**
 * How much slower the candidate is at one quantile of the time from asking to its score or failure, on concurrent traffic. Pass: its upper bound
 * exceeds the champion's lower bound by less than the margin. Fail: its lower bound exceeds the champion's upper bound by more.
 */
export function judgeLatency({ candidate, champion }: Sides, rule: LatencyRule): Verdict {
  const { budget, marginMs, quantile } = rule;
  const measured = { id: LATENCY_ID, bound: marginMs, formula: FORMULA };
  const missing = noRequests({ candidate, champion });
  if (missing !== null) return { ...measured, verdict: 'no-data', sentence: missing };
  const sketches = { candidate: candidate!.latency, champion: champion!.latency };
  const untimed = sketches.candidate.length === 0 ? 'candidate' : sketches.champion.length === 0 ? 'champion' : null;
  if (untimed !== null) {
    return { ...measured, verdict: 'no-data', sentence: `No latency of the ${untimed} was counted in this step.` };
  }
  const of = (side: keyof Sides, alpha: number): QuantileBounds => quantileBounds(sketches[side], quantile, alpha / 2);
  const [candidatePass, championPass] = [of('candidate', budget.pass), of('champion', budget.pass)];
  const [candidateFail, championFail] = [of('candidate', budget.fail), of('champion', budget.fail)];
  const highMs = candidatePass.highMs - championPass.lowMs;
  const lowMs = candidateFail.lowMs - championFail.highMs;
  const candidateMs = sketchQuantileMs(sketches.candidate, quantile);
  const championMs = sketchQuantileMs(sketches.champion, quantile);
  const found = {
    ...measured,
    value: candidateMs - championMs,
    // An end that is not known yet cannot be written down as a number.
    ...(Number.isFinite(lowMs) && Number.isFinite(highMs) ? { interval: [lowMs, highMs] as [number, number] } : {}),
    sampleSize: candidate!.asked,
  };
  const times = `The ${percentile(quantile)} of the candidate is ${ms(candidateMs)}, of the champion ${ms(championMs)}`;
  const goal = `the margin of ${ms(marginMs)}`;
  if (highMs < marginMs) {
    return { ...found, verdict: 'pass', sentence: `${times}: a difference of at most ${ms(highMs)}, under ${goal}.` };
  }
  if (lowMs > marginMs && candidate!.asked >= MIN_TIMED) {
    return { ...found, verdict: 'fail', sentence: `${times}: a difference of at least ${ms(lowMs)}, over ${goal}.` };
  }
  const known = Number.isFinite(highMs)
    ? `a difference of at most ${ms(highMs)}`
    : 'the difference has no upper bound yet';
  const sentence = `${times}: ${known}, against ${goal}; more requests will tell.`;
  return { ...found, verdict: 'inconclusive', sentence };
}

/** `95th percentile`, `99.9th percentile`. */
const percentile = (quantile: number): string => `${Number((quantile * 100).toFixed(3))}th percentile of latency`;
const ms = (value: number): string =>
  `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(Math.abs(value) < 100 ? 1 : 0)} ms`;
