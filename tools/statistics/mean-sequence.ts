import { defined, type Interval, type Statistic, undefinedBecause } from './statistic.js';

/** What a mean is judged by. */
export interface Moments {
  readonly rows: number;
  readonly mean: number;
  /** Mean squared distance from the mean: divided by rows, not by rows - 1. */
  readonly variance: number;
}

export interface SequenceOptions {
  /** How often the sequence may miss the mean, ever, in all the looks together. */
  readonly alpha: number;
  /** At about how many rows it is to be tightest. */
  readonly tunedFor: number;
}

/**
 * Asymptotic confidence sequence of a mean: an interval that may be looked at after every row, and misses the mean at any of the looks with
 * probability alpha, once the central limit theorem holds. Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit
 * theory and asymptotic confidence sequences", Annals of Statistics 52 (2024), the boundary of the normal mixture.
 */
export function meanSequence(
  { rows, mean, variance }: Moments,
  { alpha, tunedFor }: SequenceOptions,
): Statistic<Interval> {
  if (!(alpha > 0 && alpha < 1)) return undefinedBecause('alpha is outside (0, 1)');
  if (Number.isNaN(mean) || Number.isNaN(variance)) return undefinedBecause('a value is NaN');
  if (rows < 2) return undefinedBecause('fewer than two rows');
  const logAlpha = -2 * Math.log(alpha);
  const rhoSquared = (logAlpha + Math.log(logAlpha + 1)) / tunedFor;
  const information = rows * rhoSquared + 1;
  const spread = (2 * information * Math.log(Math.sqrt(information) / alpha)) / (rows * rows * rhoSquared);
  const half = Math.sqrt(spread * variance);
  return defined([mean - half, mean + half]);
}
