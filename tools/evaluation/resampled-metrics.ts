import type { MetricName } from '@signalbox/contracts';
import { brierOf, calibrationBin, logLossOf, type ScoredRows, sortedOrder } from '../statistics/index.js';
import { CALIBRATION_BINS } from './metrics.js';

/**
 * The metrics of one model on resamples of its rows, each in O(rows): a resample is a weight (how often it was drawn) for each row, so
 * sorting for the AUC and the logarithms are done once, not once a resample.
 */
export interface ResampledMetrics {
  /** The metric where row i counts `weights[i]` times. NaN where it is undefined for these weights. */
  readonly weighted: (weights: Uint16Array) => Readonly<Record<MetricName, number>>;
  /** The metric with row i left out, for each i. */
  readonly leaveOneOut: (metric: MetricName) => Float64Array;
}

export function prepareResampling(rows: ScoredRows): ResampledMetrics {
  const n = rows.labels.length;
  const losses = Float64Array.from({ length: n }, (_, i) => logLossOf(rows.labels[i]!, rows.scores[i]!));
  const squares = Float64Array.from({ length: n }, (_, i) => brierOf(rows.labels[i]!, rows.scores[i]!));
  const bins = Uint8Array.from({ length: n }, (_, i) => calibrationBin(rows.scores[i]!, CALIBRATION_BINS));
  const gaps = Float64Array.from({ length: n }, (_, i) => rows.labels[i]! - rows.scores[i]!);
  const order = sortedOrder(rows.scores);
  const labels = Uint8Array.from(order, (row) => rows.labels[row]!);
  const ends = Uint8Array.from(order, (row, i) => endsAt(rows.scores, bins, [row, order[i + 1]]));
  const leaveOneOut = (metric: MetricName): Float64Array => {
    switch (metric) {
      case 'auc':
        return aucWithoutEach(order, labels, ends);
      case 'log_loss':
        return meansWithoutEach(losses);
      case 'brier':
        return meansWithoutEach(squares);
      case 'ece':
        return calibrationWithoutEach(bins, gaps);
    }
  };
  const inOrder = (values: Float64Array) => Float64Array.from(order, (row) => values[row]!);
  const sorted = { order, labels, ends, losses: inOrder(losses), squares: inOrder(squares), gaps: inOrder(gaps) };
  return { weighted: (weights) => weightedMetrics(sorted, weights), leaveOneOut };
}

/** What ends with a row in the order of scores: nothing, a group of ties, or such a group and with it a calibration bin. */
const TIES_END = 1;
const BIN_ENDS = 2;

function endsAt(
  scores: ScoredRows['scores'],
  bins: Uint8Array,
  [row, next]: readonly [number, number | undefined],
): number {
  if (next !== undefined && scores[next] === scores[row]) return 0;
  return next === undefined || bins[next] !== bins[row] ? TIES_END | BIN_ENDS : TIES_END;
}

/** Rows by rising score: labels, losses and gaps in that order, so that one pass reads each row's weight once. */
interface SortedRows {
  readonly order: Uint32Array;
  readonly labels: Uint8Array;
  readonly ends: Uint8Array;
  readonly losses: Float64Array;
  readonly squares: Float64Array;
  readonly gaps: Float64Array;
}

function weightedMetrics(
  { order, labels, ends, losses, squares, gaps }: SortedRows,
  weights: Uint16Array,
): Readonly<Record<MetricName, number>> {
  let [loss, square, gap, binGap] = [0, 0, 0, 0];
  let [wins, positives, negatives, groupPositives, groupNegatives] = [0, 0, 0, 0, 0];
  for (let i = 0; i < order.length; i++) {
    const weight = weights[order[i]!]!;
    loss += weight * losses[i]!;
    square += weight * squares[i]!;
    binGap += weight * gaps[i]!;
    // Without a branch: labels come in no order that a processor could learn.
    const positive = weight * labels[i]!;
    groupPositives += positive;
    groupNegatives += weight - positive;
    const end = ends[i]!;
    if (end === 0) continue;
    wins += groupPositives * (negatives + groupNegatives / 2);
    positives += groupPositives;
    negatives += groupNegatives;
    groupPositives = 0;
    groupNegatives = 0;
    if (end === TIES_END) continue;
    gap += Math.abs(binGap);
    binGap = 0;
  }
  const total = positives + negatives;
  return { auc: wins / (positives * negatives), log_loss: loss / total, brier: square / total, ece: gap / total };
}

/** A positive's share of the wins is the negatives below it plus half of its ties, and the other way round. */
function aucWithoutEach(order: Uint32Array, sortedLabels: Uint8Array, groupEnds: Uint8Array): Float64Array {
  const n = order.length;
  const positives = sortedLabels.reduce((sum, label) => sum + label, 0);
  const negatives = n - positives;
  const winsOf = new Float64Array(n);
  let wins = 0;
  let positivesBelow = 0;
  let negativesBelow = 0;
  for (let start = 0; start < n; ) {
    let end = start;
    while (groupEnds[end] === 0) end++;
    end++;
    let groupPositives = 0;
    for (let i = start; i < end; i++) groupPositives += sortedLabels[i]!;
    const groupNegatives = end - start - groupPositives;
    const ofPositive = negativesBelow + groupNegatives / 2;
    const ofNegative = positives - positivesBelow - groupPositives + groupPositives / 2;
    for (let i = start; i < end; i++) winsOf[order[i]!] = sortedLabels[i] === 1 ? ofPositive : ofNegative;
    wins += groupPositives * ofPositive;
    positivesBelow += groupPositives;
    negativesBelow += groupNegatives;
    start = end;
  }
  const without = new Float64Array(n);
  for (let i = 0; i < n; i++) {
    const pairs = sortedLabels[i] === 1 ? (positives - 1) * negatives : positives * (negatives - 1);
    without[order[i]!] = (wins - winsOf[order[i]!]!) / pairs;
  }
  return without;
}

function meansWithoutEach(values: Float64Array): Float64Array {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.map((value) => (sum - value) / (values.length - 1));
}

function calibrationWithoutEach(bins: Uint8Array, gaps: Float64Array): Float64Array {
  const binGaps = new Float64Array(CALIBRATION_BINS);
  for (let i = 0; i < gaps.length; i++) binGaps[bins[i]!]! += gaps[i]!;
  const total = binGaps.reduce((sum, each) => sum + Math.abs(each), 0);
  return gaps.map((gap, i) => {
    const whole = binGaps[bins[i]!]!;
    return (total - Math.abs(whole) + Math.abs(whole - gap)) / (gaps.length - 1);
  });
}
