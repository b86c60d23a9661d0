import { chi2Homogeneity, chiSquareQuantile, jensenShannonDistance, psi } from '../../statistics/index.js';

/** How far live counts lie from the reference's, in the same frozen bins. */
export interface Comparison {
  readonly rows: number;
  /** Jensen-Shannon distance, base 2, 0 to 1: the effect that is judged. */
  readonly distance: number;
  /** Population stability index: shown beside it, because many people think in it. */
  readonly psi: number;
  /** What the noise of so many rows adds to the distance: in squares, and on average. */
  readonly noiseMean: number;
  /** What the distance stays under in 99 of 100 windows when nothing has changed: by the noise of so many rows, and the reference's own variation. */
  readonly noiseFloor: number;
  /** Of the chi-square test that both were drawn from one distribution. */
  readonly p: number;
}

const NOISE_LEVEL = 0.99;

/** Null where one side has no rows: there is nothing to compare. `variation`: as far as the reference's own windows lie apart. */
export function compare(reference: readonly number[], live: readonly number[], variation = 0): Comparison | null {
  const distance = jensenShannonDistance(reference, live);
  const index = psi(reference, live);
  if (!distance.defined || !index.defined) return null;
  const homogeneity = chi2Homogeneity([reference, live]);
  const noise = noiseOf(reference, live);
  return {
    rows: sum(live),
    distance: distance.value,
    psi: index.value,
    noiseMean: noise.mean,
    // Divergences of independent causes add, so their square roots, the distances, add as squares.
    noiseFloor: Math.hypot(noise.floor, variation),
    // All rows of both in one bin: they agree.
    p: homogeneity.defined ? homogeneity.value.p : 1,
  };
}

/**
 * What chance alone makes of the distance. To second order the divergence of two samples of one distribution is chi-square, over 8 ln 2 and the
 * harmonic sample size, with one degree of freedom less than bins in use. Checked by simulation in drift.test.ts; a few per cent low where bins expect
 * fewer than five rows.
 */
function noiseOf(
  reference: readonly number[],
  live: readonly number[],
): { readonly mean: number; readonly floor: number } {
  const used = reference.filter((count, bin) => count + (live[bin] ?? 0) > 0).length;
  if (used < 2) return { mean: 0, floor: 0 };
  const perRow = (1 / sum(reference) + 1 / sum(live)) / (8 * Math.LN2);
  const floor = chiSquareQuantile(NOISE_LEVEL, used - 1);
  return { mean: Math.sqrt((used - 1) * perRow), floor: Math.sqrt(floor * perRow) };
}

const sum = (counts: readonly number[]): number => counts.reduce((all, count) => all + count, 0);
