import type { BinnedFeatures } from './bins.js';

/** Sums of gradient and hessian for each (feature, bin): `[g, h]` pairs, `features x (missing + 1)` of them. */
export type Histogram = Float64Array;

export function binsOf(data: BinnedFeatures): number {
  return data.missing + 1;
}

export function countHistogram(
  data: BinnedFeatures,
  rows: Uint32Array,
  slopes: { readonly gradients: Float64Array; readonly hessians: Float64Array },
): Histogram {
  const { bins, features } = data;
  const width = binsOf(data) * 2;
  const histogram = new Float64Array(features * width);
  for (const row of rows) {
    const gradient = slopes.gradients[row]!;
    const hessian = slopes.hessians[row]!;
    let at = row * features;
    for (let offset = 0; offset < histogram.length; offset += width) {
      const slot = offset + bins[at++]! * 2;
      histogram[slot]! += gradient;
      histogram[slot + 1]! += hessian;
    }
  }
  return histogram;
}

/** What the sibling holds: the parent's sums less the counted child's. Halves the work of a level. */
export function siblingHistogram(parent: Histogram, child: Histogram): Histogram {
  const sibling = new Float64Array(parent.length);
  for (let slot = 0; slot < parent.length; slot++) sibling[slot] = parent[slot]! - child[slot]!;
  return sibling;
}
