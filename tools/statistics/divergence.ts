import { defined, type Statistic, undefinedBecause } from './statistic.js';

/** Added to every bin, so that an empty one has a logarithm. */
export const PSI_PSEUDO_COUNT = 0.5;

/** Population stability index of two vectors of counts in the same bins: the sum of (q - p) ln(q / p), shares taken after adding the pseudo-count. */
export function psi(
  reference: readonly number[],
  current: readonly number[],
  pseudoCount = PSI_PSEUDO_COUNT,
): Statistic<number> {
  const problem = binProblem(reference, current);
  if (problem !== null) return undefinedBecause(problem);
  const [referenceRows, currentRows] = [sum(reference), sum(current)];
  if (referenceRows === 0 || currentRows === 0) return undefinedBecause('one side has no observations');
  const share = (count: number, rows: number): number =>
    (count + pseudoCount) / (rows + pseudoCount * reference.length);
  const parts = reference.map((count, bin) => {
    const [p, q] = [share(count, referenceRows), share(current[bin]!, currentRows)];
    return p === q ? 0 : (q - p) * Math.log(q / p);
  });
  const index = sum(parts);
  return Number.isFinite(index) ? defined(index) : undefinedBecause('an empty bin without a pseudo-count');
}

/** Jensen-Shannon distance with logarithms of base 2, between 0 and 1: the square root of the divergence of two vectors of counts or shares. */
export function jensenShannonDistance(a: readonly number[], b: readonly number[]): Statistic<number> {
  const problem = binProblem(a, b);
  if (problem !== null) return undefinedBecause(problem);
  const [totalA, totalB] = [sum(a), sum(b)];
  if (totalA === 0 || totalB === 0) return undefinedBecause('one side sums to zero');
  const parts = a.map((each, bin) => {
    const [p, q] = [each / totalA, b[bin]! / totalB];
    return relativeEntropy(p, (p + q) / 2) + relativeEntropy(q, (p + q) / 2);
  });
  // Rounding can leave a hair below zero or above one.
  return defined(Math.sqrt(Math.min(1, Math.max(0, sum(parts) / 2))));
}

const relativeEntropy = (p: number, q: number): number => (p === 0 ? 0 : p * Math.log2(p / q));

function binProblem(a: readonly number[], b: readonly number[]): string | null {
  if (a.length !== b.length) return 'different numbers of bins';
  if (a.length === 0) return 'no bins';
  const all = [...a, ...b];
  if (all.some(Number.isNaN)) return 'a NaN entry';
  return all.some((each) => each < 0) ? 'a negative entry' : null;
}

const sum = (values: readonly number[]): number => values.reduce((all, each) => all + each, 0);
