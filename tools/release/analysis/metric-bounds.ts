import { type Interval, meanSequence } from '../../statistics/index.js';
import { boundsOf, differenceOfRates } from './judge-shares.js';
import type { MetricReading } from './metric-reading.js';

type Rate = Extract<MetricReading, { kind: 'rate' }>;
type Mean = Extract<MetricReading, { kind: 'mean' }>;
/** A reading that says how sure it is. */
export type UncertainReading = Rate | Mean;

/** The sequence of a mean is asymptotic: with fewer rows on a side than this it promises nothing. */
export const MIN_ROWS = 100;
/** At about how many rows it is tightest: outcomes are few, and come late. */
const TUNED_FOR_ROWS = 1000;

/** What the reading itself says; a rate or a mean of nothing is not a number. */
export function readingValue(reading: Exclude<MetricReading, { kind: 'problem' }>): number {
  const { kind } = reading;
  const value =
    kind === 'number'
      ? reading.value
      : kind === 'rate'
        ? reading.successes / reading.total
        : reading.sum / reading.rows;
  // JSON has no negative zero.
  return value === 0 ? 0 : value;
}

/** On how many requests or rows it rests. */
export function rowsOf(reading: UncertainReading): number {
  return reading.kind === 'rate' ? Math.floor(reading.total) : reading.rows;
}

/** The true value lies between these at any look, but for a share `alpha`; null: too few rows to say. */
export function intervalOf(reading: UncertainReading, alpha: number): Interval | null {
  if (reading.kind === 'rate') return boundsOf(trialsOf(reading), alpha);
  if (reading.rows < MIN_ROWS) return null;
  return sequenceOf({ rows: reading.rows, mean: reading.sum / reading.rows, variance: varianceOf(reading) }, alpha);
}

/** The same for (candidate − champion); null also where the two are not of one kind. */
export function differenceInterval(
  candidate: UncertainReading,
  champion: UncertainReading,
  alpha: number,
): Interval | null {
  if (candidate.kind === 'rate' && champion.kind === 'rate') {
    return differenceOfRates({ candidate: trialsOf(candidate), champion: trialsOf(champion) }, alpha);
  }
  if (candidate.kind !== 'mean' || champion.kind !== 'mean') return null;
  return differenceOfMeans(candidate, champion, alpha);
}

/**
 * One sequence for both sides together: every row, weighed by the share of its side, is an unbiased guess of the difference, and the variance of such
 * guesses is that of the sides over their shares. Source: Waudby-Smith and others (2024), section 4, with shares that the buckets fix.
 */
function differenceOfMeans(candidate: Mean, champion: Mean, alpha: number): Interval | null {
  if (Math.min(candidate.rows, champion.rows) < MIN_ROWS) return null;
  const rows = candidate.rows + champion.rows;
  const variance = rows * (varianceOf(candidate) / candidate.rows + varianceOf(champion) / champion.rows);
  return sequenceOf({ rows, mean: readingValue(candidate) - readingValue(champion), variance }, alpha);
}

function sequenceOf(moments: { rows: number; mean: number; variance: number }, alpha: number): Interval | null {
  const bounds = meanSequence(moments, { alpha, tunedFor: TUNED_FOR_ROWS });
  // As above: a bound of exactly nothing has no sign.
  return bounds.defined ? [bounds.value[0] + 0, bounds.value[1] + 0] : null;
}

function varianceOf({ rows, sum, sumSquares }: Mean): number {
  return Math.max(0, sumSquares / rows - (sum / rows) ** 2);
}

const trialsOf = ({ successes, total }: Rate) => ({ successes, trials: total });
