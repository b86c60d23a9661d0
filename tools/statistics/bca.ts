import { normalCdf, normalQuantile } from './normal.js';
import { defined, type Interval, type Statistic, undefinedBecause } from './statistic.js';

export interface BcaInput {
  /** The statistic on the rows themselves. */
  readonly estimate: number;
  /** The statistic on each resample. Not changed. */
  readonly replicates: Float64Array;
  /** The statistic with each row left out (or any affine image of it with the same sign). */
  readonly jackknife: Float64Array;
  readonly confidence: number;
}

/**
 * The bias-corrected and accelerated bootstrap interval: percentiles of the replicates, shifted for median bias (z0) and for a
 * standard error that changes with the value (a). Source: Efron, JASA 82 (1987); z0 counts ties by half, as scipy does.
 */
export function bcaInterval({ estimate, replicates, jackknife, confidence }: BcaInput): Statistic<Interval> {
  if (jackknife.length < 2) return undefinedBecause('fewer than two pairs');
  const sorted = replicates.slice().sort();
  if (sorted[0] === sorted[sorted.length - 1]) {
    return undefinedBecause('every resample gives the same value: the acceleration is 0/0');
  }
  const bias = biasCorrection(estimate, replicates);
  const acceleration = accelerationOf(jackknife);
  if (!Number.isFinite(bias) || !Number.isFinite(acceleration)) {
    return undefinedBecause('the estimate lies outside every resample: the bias correction is infinite');
  }
  const end = (level: number) => {
    const shifted = bias + normalQuantile(level);
    return quantile(sorted, normalCdf(bias + shifted / (1 - acceleration * shifted)));
  };
  return defined([end((1 - confidence) / 2), end((1 + confidence) / 2)]);
}

/**
 * BCa, or plain percentiles where BCa does not exist: near zero every resample of a calibration error lies above the estimate, and its
 * percentiles, too high as they then are, err on the side of refusing. Resamples without a value (NaN) are left out.
 */
export function bootstrapInterval(input: BcaInput): Statistic<Interval> {
  const replicates = input.replicates.filter(Number.isFinite);
  const bca = bcaInterval({ ...input, replicates });
  const sorted = replicates.sort();
  if (bca.defined || sorted.length < 2 || sorted[0] === sorted[sorted.length - 1]) return bca;
  const tail = (1 - input.confidence) / 2;
  return defined([quantile(sorted, tail), quantile(sorted, 1 - tail)]);
}

function biasCorrection(estimate: number, replicates: Float64Array): number {
  let below = 0;
  let upTo = 0;
  for (const replicate of replicates) {
    if (replicate < estimate) below++;
    if (replicate <= estimate) upTo++;
  }
  return normalQuantile((below + upTo) / (2 * replicates.length));
}

/** A constant jackknife (no row matters more than another) has no acceleration: 0. */
function accelerationOf(jackknife: Float64Array): number {
  let mean = 0;
  for (const value of jackknife) mean += value;
  mean /= jackknife.length;
  let squares = 0;
  let cubes = 0;
  for (const value of jackknife) {
    const distance = mean - value;
    squares += distance * distance;
    cubes += distance * distance * distance;
  }
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** Linear interpolation between order statistics (numpy's default; type 7 of Hyndman and Fan). `sorted` rises. */
export function quantile(sorted: ArrayLike<number>, level: number): number {
  const place = level * (sorted.length - 1);
  const low = Math.floor(place);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (place - low) * (sorted[high]! - sorted[low]!);
}
