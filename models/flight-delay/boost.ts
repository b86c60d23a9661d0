import { type BinnedFeatures, binFeatures } from './bins.js';
import { fitLogistic, type LinearTerms, linearValue } from './linear.js';
import { seededRandom } from './random.js';
import type { Dataset } from './read-dataset.js';
import { growTree, type TreeNode } from './tree.js';

export interface BoostOptions {
  readonly trees: number;
  readonly depth: number;
  readonly learningRate: number;
  /** The share of rows that each tree sees. */
  readonly rowShare: number;
  /** The fewest rows worth of evidence on each side of a split. */
  readonly minLeafRows: number;
  readonly seed: number;
  /** What the first tree starts from: the share of positive labels, or a logistic regression on the features that no row lacks. */
  readonly base: 'rate' | 'linear';
}

/** `sigmoid(base + linear terms + sum of tree values)` is the probability of label 1. A missing value in a linear term makes it NaN. */
export interface BoostedTrees {
  readonly base: number;
  readonly linear: LinearTerms | null;
  readonly trees: readonly TreeNode[];
}

const MAX_BINS = 64;

/**
 * Gradient-boosted trees on the logistic loss, by histograms, with row sampling. The same data, options and seed give the same
 * trees. Source: Friedman, "Stochastic gradient boosting", 2002; second-order leaves as in XGBoost.
 */
export function boost(dataset: Dataset, options: BoostOptions): BoostedTrees {
  const data = binFeatures(dataset.columns, MAX_BINS);
  const random = seededRandom(options.seed);
  const share = clamp(dataset.labels.reduce((sum, label) => sum + label, 0) / dataset.rows);
  const { base, linear } =
    options.base === 'rate' ? { base: Math.fround(logit(share)), linear: null } : linearStart(dataset);
  const logits = baseLogits(dataset, { base, linear });
  const slopes = { gradients: new Float64Array(dataset.rows), hessians: new Float64Array(dataset.rows) };
  // A row near p = 0.2 weighs p (1 - p) = 0.16 of hessian.
  const minHessian = options.minLeafRows * share * (1 - share);
  const trees: TreeNode[] = [];
  for (let round = 0; round < options.trees; round++) {
    updateSlopes(dataset.labels, logits, slopes);
    const rows = sampleRows(dataset.rows, options.rowShare, random);
    const tree = growTree(data, rows, { ...options, minHessian, slopes });
    trees.push(tree);
    for (let row = 0; row < dataset.rows; row++) logits[row]! += binnedTreeValue(tree, data, row);
  }
  return { base, linear, trees };
}

type Start = Pick<BoostedTrees, 'base' | 'linear'>;

function linearStart(dataset: Dataset): Start {
  const { intercept, terms } = fitLogistic(dataset);
  return { base: intercept, linear: terms.features.length === 0 ? null : terms };
}

function baseLogits({ columns, rows }: Dataset, { base, linear }: Start): Float64Array {
  const logits = new Float64Array(rows).fill(base);
  for (const [term, feature] of (linear?.features ?? []).entries()) {
    const column = columns[feature]!;
    const weight = linear!.weights[term]!;
    for (let row = 0; row < rows; row++) logits[row]! += weight * column[row]!;
  }
  return logits;
}

/** The probability of label 1 for a row of float32 values. */
export function predict({ base, linear, trees }: BoostedTrees, row: ArrayLike<number>): number {
  const start = base + (linear === null ? 0 : linearValue(linear, row));
  return sigmoid(trees.reduce((sum, tree) => sum + treeValue(tree, row), start));
}

export function treeValue(tree: TreeNode, row: ArrayLike<number>): number {
  let node = tree;
  while (node.kind === 'split') {
    const value = row[node.feature]!;
    node = (Number.isNaN(value) ? node.missingLeft : value <= node.threshold) ? node.left : node.right;
  }
  return node.value;
}

function binnedTreeValue(tree: TreeNode, data: BinnedFeatures, row: number): number {
  let node = tree;
  const start = row * data.features;
  while (node.kind === 'split') {
    const bin = data.bins[start + node.feature]!;
    node = (bin === data.missing ? node.missingLeft : bin <= node.bin) ? node.left : node.right;
  }
  return node.value;
}

function updateSlopes(
  labels: Uint8Array,
  logits: Float64Array,
  slopes: { gradients: Float64Array; hessians: Float64Array },
): void {
  for (let row = 0; row < labels.length; row++) {
    const probability = sigmoid(logits[row]!);
    slopes.gradients[row] = probability - labels[row]!;
    slopes.hessians[row] = probability * (1 - probability);
  }
}

function sampleRows(rows: number, share: number, random: () => number): Uint32Array {
  const sampled = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (share >= 1 || random() < share) sampled[count++] = row;
  return sampled.slice(0, count);
}

function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

function clamp(share: number): number {
  return Math.min(Math.max(share, 1e-6), 1 - 1e-6);
}
