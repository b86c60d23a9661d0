import { defined, type Statistic, undefinedBecause } from './statistic.js';

/**
 * Adjusted p values, in the order of the input: those at most q may be called discoveries, and no more than a share q of them is expected to be
 * false. Source: Benjamini and Hochberg, J. R. Statist. Soc. B 57 (1995).
 */
export function benjaminiHochberg(pValues: readonly number[]): Statistic<readonly number[]> {
  if (pValues.some(Number.isNaN)) return undefinedBecause('a p value is NaN');
  if (pValues.some((p) => p < 0 || p > 1)) return undefinedBecause('a p value is outside [0, 1]');
  const falling = pValues.map((_, at) => at).sort((a, b) => pValues[b]! - pValues[a]!);
  const adjusted = new Array<number>(pValues.length);
  let smallest = 1;
  for (const [place, at] of falling.entries()) {
    smallest = Math.min(smallest, (pValues[at]! * pValues.length) / (pValues.length - place));
    adjusted[at] = smallest;
  }
  return defined(adjusted);
}
