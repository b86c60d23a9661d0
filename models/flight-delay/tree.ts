import type { BinnedFeatures } from './bins.js';
import { countHistogram, type Histogram, siblingHistogram } from './histogram.js';
import { bestSplit, leafValue, type Split, type Sums } from './split.js';

export type TreeNode =
  | {
      readonly kind: 'split';
      readonly feature: number;
      /** Values `<= threshold` go left; a float32. */
      readonly threshold: number;
      readonly bin: number;
      readonly missingLeft: boolean;
      readonly left: TreeNode;
      readonly right: TreeNode;
    }
  | { readonly kind: 'leaf'; readonly value: number };

export interface GrowOptions {
  readonly depth: number;
  readonly minHessian: number;
  readonly learningRate: number;
  readonly slopes: Slopes;
}

export interface Slopes {
  readonly gradients: Float64Array;
  readonly hessians: Float64Array;
}

/** One regression tree on gradients and hessians, grown to `depth` where a split pays. */
export function growTree(data: BinnedFeatures, rows: Uint32Array, options: GrowOptions): TreeNode {
  const { slopes } = options;
  const grow = (part: Uint32Array, histogram: Histogram | null, depth: number): TreeNode => {
    const total = sumSlopes(part, slopes);
    const split = histogram === null ? null : bestSplit(data, histogram, { total, minHessian: options.minHessian });
    if (split === null || histogram === null) {
      // Rounded as ONNX stores it, so that training goes on from what the model will say.
      return { kind: 'leaf', value: Math.fround(options.learningRate * leafValue(total)) };
    }
    const [left, right] = partition(data, part, split);
    const children =
      depth + 1 < options.depth ? childHistograms(data, { left, right }, { parent: histogram, slopes }) : [null, null];
    return {
      kind: 'split',
      feature: split.feature,
      threshold: data.edges[split.feature]![split.bin]!,
      bin: split.bin,
      missingLeft: split.missingLeft,
      left: grow(left, children[0]!, depth + 1),
      right: grow(right, children[1]!, depth + 1),
    };
  };
  return grow(rows, countHistogram(data, rows, slopes), 0);
}

/** Counts the smaller child and subtracts. */
function childHistograms(
  data: BinnedFeatures,
  { left, right }: { readonly left: Uint32Array; readonly right: Uint32Array },
  { parent, slopes }: { readonly parent: Histogram; readonly slopes: Slopes },
): [Histogram, Histogram] {
  const smaller = countHistogram(data, left.length <= right.length ? left : right, slopes);
  const larger = siblingHistogram(parent, smaller);
  return left.length <= right.length ? [smaller, larger] : [larger, smaller];
}

function sumSlopes(rows: Uint32Array, { gradients, hessians }: Slopes): Sums {
  let gradient = 0;
  let hessian = 0;
  for (const row of rows) {
    gradient += gradients[row]!;
    hessian += hessians[row]!;
  }
  return { gradient, hessian };
}

function partition(data: BinnedFeatures, rows: Uint32Array, split: Split): [Uint32Array, Uint32Array] {
  const left = new Uint32Array(rows.length);
  const right = new Uint32Array(rows.length);
  let lefts = 0;
  let rights = 0;
  for (const row of rows) {
    const bin = data.bins[row * data.features + split.feature]!;
    if (bin === data.missing ? split.missingLeft : bin <= split.bin) left[lefts++] = row;
    else right[rights++] = row;
  }
  return [left.slice(0, lefts), right.slice(0, rights)];
}
