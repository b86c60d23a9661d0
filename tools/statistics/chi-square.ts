import { upperGammaShare } from './gamma.js';
import { defined, type Statistic, undefinedBecause } from './statistic.js';

/** P(X >= x) of a chi-square distribution. */
export function chiSquareSurvival(x: number, degrees: number): number {
  return x <= 0 ? 1 : upperGammaShare(degrees / 2, x / 2);
}

/** The x with P(X <= x) = level, for 0 <= level < 1: by bisection, to the last digits. */
export function chiSquareQuantile(level: number, degrees: number): number {
  if (!(level >= 0 && level < 1 && degrees > 0)) return Number.NaN;
  let high = degrees + 1;
  while (chiSquareSurvival(high, degrees) > 1 - level) high *= 2;
  let low = 0;
  for (let middle = high / 2; middle > low && middle < high; middle = (low + high) / 2) {
    if (chiSquareSurvival(middle, degrees) > 1 - level) low = middle;
    else high = middle;
  }
  return high;
}

export interface Homogeneity {
  readonly statistic: number;
  readonly degrees: number;
  readonly p: number;
  /** Effect size between 0 and 1. */
  readonly cramersV: number;
  /** The approximation is poor where this is small: 5 is the usual rule. */
  readonly minExpected: number;
}

/**
 * Pearson's chi-square test that the rows of a table of counts share one distribution, without continuity correction. Rows and columns that
 * sum to zero are dropped first.
 */
export function chi2Homogeneity(table: readonly (readonly number[])[]): Statistic<Homogeneity> {
  if (table.some((row) => row.some((count) => !(count >= 0)))) return undefinedBecause('a negative count');
  const rows = table.filter((row) => sum(row) > 0);
  if (rows.length === 0) return undefinedBecause('no observations');
  const columns = rows[0]!.map((_, column) => sum(rows.map((row) => row[column]!)));
  const used = columns.map((_, column) => column).filter((column) => columns[column]! > 0);
  if (rows.length < 2) return undefinedBecause('one row left');
  if (used.length < 2) return undefinedBecause('one category left');
  const total = sum(columns);
  let statistic = 0;
  let minExpected = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    const share = sum(row) / total;
    for (const column of used) {
      const expected = share * columns[column]!;
      statistic += (row[column]! - expected) ** 2 / expected;
      minExpected = Math.min(minExpected, expected);
    }
  }
  const degrees = (rows.length - 1) * (used.length - 1);
  const cramersV = Math.sqrt(statistic / (total * (Math.min(rows.length, used.length) - 1)));
  return defined({ statistic, degrees, p: chiSquareSurvival(statistic, degrees), cramersV, minExpected });
}

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);
