import { defined, type Statistic, undefinedBecause } from './statistic.js';

/** Labels 0 or 1 and what the model said, row by row. */
export interface ScoredRows {
  readonly labels: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
}

/** Probabilities are clipped to [EPSILON, 1 - EPSILON] before the logarithm: scikit-learn's rule for doubles. */
const EPSILON = 2 ** -52;

/**
 * Area under the ROC curve: P(score of a positive > score of a negative) + P(equal) / 2, by midranks, O(n log n).
 * Equals the Mann-Whitney U over the number of pairs.
 */
export function rocAuc(rows: ScoredRows): Statistic<number> {
  const { labels, scores } = rows;
  const classes = countClasses(labels);
  if (classes.positives === 0 || classes.negatives === 0) return undefinedBecause('both classes are needed');
  if (hasNaN(scores)) return undefinedBecause('a score is NaN');
  const order = sortedOrder(scores);
  let negativesBelow = 0;
  let wins = 0;
  for (let start = 0; start < order.length; ) {
    let end = start;
    let positives = 0;
    let negatives = 0;
    while (end < order.length && scores[order[end]!] === scores[order[start]!]) {
      if (labels[order[end]!] === 1) positives++;
      else negatives++;
      end++;
    }
    wins += positives * (negativesBelow + negatives / 2);
    negativesBelow += negatives;
    start = end;
  }
  return defined(wins / (classes.positives * classes.negatives));
}

/** Mean negative log likelihood (natural logarithm) of the labels. */
export function logLoss(rows: ScoredRows): Statistic<number> {
  const problem = probabilityProblem(rows.scores);
  if (problem !== null) return undefinedBecause(problem);
  return defined(meanOver(rows, logLossOf));
}

/** The log loss of one row. */
export function logLossOf(label: number, probability: number): number {
  const clipped = Math.min(Math.max(probability, EPSILON), 1 - EPSILON);
  return label === 1 ? -Math.log(clipped) : -Math.log1p(-clipped);
}

/** Mean squared difference of probability and label. */
export function brier(rows: ScoredRows): Statistic<number> {
  const problem = probabilityProblem(rows.scores);
  if (problem !== null) return undefinedBecause(problem);
  return defined(meanOver(rows, brierOf));
}

/** The Brier score of one row. */
export function brierOf(label: number, probability: number): number {
  return (probability - label) ** 2;
}

/** How far stated probabilities lie from observed shares, over `bins` bins of equal width, weighted by rows (`ece`) and at worst (`mce`). */
export function calibrationError(rows: ScoredRows, bins: number): Statistic<{ ece: number; mce: number }> {
  const problem = probabilityProblem(rows.scores);
  if (problem !== null) return undefinedBecause(problem);
  const counts = new Float64Array(bins);
  const gaps = new Float64Array(bins);
  for (let i = 0; i < rows.scores.length; i++) {
    const bin = calibrationBin(rows.scores[i]!, bins);
    counts[bin]!++;
    gaps[bin]! += rows.labels[i]! - rows.scores[i]!;
  }
  let ece = 0;
  let mce = 0;
  for (let bin = 0; bin < bins; bin++) {
    if (counts[bin] === 0) continue;
    const gap = Math.abs(gaps[bin]!) / counts[bin]!;
    ece += (gap * counts[bin]!) / rows.scores.length;
    mce = Math.max(mce, gap);
  }
  return defined({ ece, mce });
}

/** Bins are [j/M, (j+1)/M), the last one closed. */
export function calibrationBin(probability: number, bins: number): number {
  return Math.min(Math.floor(probability * bins), bins - 1);
}

/** Row numbers by rising value; equal values stay in row order. */
export function sortedOrder(values: ArrayLike<number>): Uint32Array {
  const order = new Uint32Array(values.length);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return order.sort((a, b) => values[a]! - values[b]! || a - b);
}

/** Why these are no probabilities, or null. */
export function probabilityProblem(values: ArrayLike<number>): string | null {
  if (values.length === 0) return 'no rows';
  if (hasNaN(values)) return 'a probability is NaN';
  for (let i = 0; i < values.length; i++) {
    if (values[i]! < 0 || values[i]! > 1) return 'a probability is outside [0, 1]';
  }
  return null;
}

export function countClasses(labels: ArrayLike<number>): { positives: number; negatives: number } {
  let positives = 0;
  for (let i = 0; i < labels.length; i++) if (labels[i] === 1) positives++;
  return { positives, negatives: labels.length - positives };
}

export function hasNaN(values: ArrayLike<number>): boolean {
  for (let i = 0; i < values.length; i++) if (Number.isNaN(values[i])) return true;
  return false;
}

function meanOver({ labels, scores }: ScoredRows, ofRow: (label: number, score: number) => number): number {
  let sum = 0;
  for (let i = 0; i < scores.length; i++) sum += ofRow(labels[i]!, scores[i]!);
  return sum / scores.length;
}
