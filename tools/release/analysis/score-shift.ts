import { PAIRED_UNIT, type PairedDifference, type Verdict } from '@signalbox/contracts';
import { type Interval, meanSequence } from '../../statistics/index.js';
import type { ErrorBudget, Sides } from './rule.js';

export const SCORE_SHIFT_ID = 'rollout/score-shift';

export interface ScoreShiftRule {
  readonly margin: number;
  readonly budget: ErrorBudget;
}

/** The sequence is asymptotic: before this many pairs it promises nothing. Its coverage was checked from here on. */
export const MIN_PAIRS = 100;
/** At about how many pairs the sequence is tightest: a shadow's minimum sample is of this size. */
const TUNED_FOR_PAIRS = 500;
/** Differences were rounded to whole units, which moves their mean by no more than half of one. */
const ROUNDING = PAIRED_UNIT / 2;

const FORMULA = 'mean of candidate − champion score on the same requests; asymptotic confidence sequence';

/**
 * Whether the candidate's scores, on the same requests, lie about where the champion's do. Pass: the whole interval of the mean difference lies within
 * the margin of zero. Fail: the whole of it lies beyond, on one side. A shift is not a fault by itself; the strategy says how much of one is expected.
 */
export function judgeScoreShift({ candidate }: Sides, { margin, budget }: ScoreShiftRule): Verdict {
  const measured = { id: SCORE_SHIFT_ID, bound: margin, formula: FORMULA };
  const pairs = candidate?.paired ?? null;
  if (pairs === null || pairs.rows === 0) {
    const sentence = 'No request was answered by both versions in this step, so there is nothing to compare.';
    return { ...measured, verdict: 'no-data', sentence };
  }
  const mean = (pairs.sum / pairs.rows) * PAIRED_UNIT;
  const found = { ...measured, value: mean, sampleSize: pairs.rows };
  const shift = `On ${pairs.rows} requests that both answered, the candidate scores ${signed(mean)} on average`;
  const goal = `the margin of ±${margin}`;
  const narrow = boundsOf(pairs, budget.pass);
  const wide = boundsOf(pairs, budget.fail);
  if (pairs.rows < MIN_PAIRS || narrow === null || wide === null) {
    const sentence = `${shift}; fewer than ${MIN_PAIRS} pairs prove nothing.`;
    return { ...found, verdict: 'inconclusive', sentence };
  }
  if (narrow[0] > -margin && narrow[1] < margin) {
    const sentence = `${shift}: ${range(narrow)}, within ${goal}.`;
    return { ...found, interval: narrow, verdict: 'pass', sentence };
  }
  const isBeyond = wide[0] > margin || wide[1] < -margin;
  const sentence = isBeyond
    ? `${shift}: ${range(wide)}, beyond ${goal}.`
    : `${shift}: ${range(wide)}, against ${goal}; more requests will tell.`;
  return { ...found, interval: wide, verdict: isBeyond ? 'fail' : 'inconclusive', sentence };
}

function boundsOf({ rows, sum, sumSquares }: PairedDifference, alpha: number): Interval | null {
  const mean = sum / rows;
  const variance = Math.max(0, sumSquares / rows - mean * mean);
  const bounds = meanSequence({ rows, mean, variance }, { alpha, tunedFor: TUNED_FOR_PAIRS });
  if (!bounds.defined) return null;
  const [low, high] = bounds.value;
  return [low * PAIRED_UNIT - ROUNDING, high * PAIRED_UNIT + ROUNDING];
}

const range = ([low, high]: Interval): string => `between ${signed(low)} and ${signed(high)}`;
const signed = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`;
