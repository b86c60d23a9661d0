import type { BinnedFeatures } from './bins.js';
import { binsOf, type Histogram } from './histogram.js';

export interface Sums {
  readonly gradient: number;
  readonly hessian: number;
}

export interface Split {
  readonly feature: number;
  /** Values up to the edge of this bin go left. */
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
}

export interface SplitLimits {
  /** Over all rows of the node. */
  readonly total: Sums;
  /** The least hessian on each side. */
  readonly minHessian: number;
}

/** Ridge on leaf values: a leaf is shrunk as if it held this much more hessian of no opinion. */
export const LEAF_RIDGE = 1;

export function leafValue({ gradient, hessian }: Sums): number {
  return -gradient / (hessian + LEAF_RIDGE);
}

/**
 * The split that lowers the second-order approximation of the loss most, or null. Missing values are tried on both sides.
 * Source: Chen and Guestrin, "XGBoost", KDD 2016, equations 6 and 7 and algorithm 3.
 */
export function bestSplit(
  data: BinnedFeatures,
  histogram: Histogram,
  { total, minHessian }: SplitLimits,
): Split | null {
  let best: Split | null = null;
  const width = binsOf(data) * 2;
  const unsplit = score(total.gradient, total.hessian);
  for (let feature = 0; feature < data.features; feature++) {
    const base = feature * width;
    const missing = { gradient: histogram[base + width - 2]!, hessian: histogram[base + width - 1]! };
    for (const missingLeft of missing.hessian > 0 ? [false, true] : [false]) {
      let gradient = missingLeft ? missing.gradient : 0;
      let hessian = missingLeft ? missing.hessian : 0;
      for (let bin = 0; bin < data.edges[feature]!.length; bin++) {
        gradient += histogram[base + bin * 2]!;
        hessian += histogram[base + bin * 2 + 1]!;
        if (hessian < minHessian || total.hessian - hessian < minHessian) continue;
        const gain = score(gradient, hessian) + score(total.gradient - gradient, total.hessian - hessian) - unsplit;
        if (gain > (best?.gain ?? 1e-9)) best = { feature, bin, missingLeft, gain };
      }
    }
  }
  return best;
}

function score(gradient: number, hessian: number): number {
  return (gradient * gradient) / (hessian + LEAF_RIDGE);
}
