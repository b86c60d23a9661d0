import type { ScoredRows } from './report-data.js';

/** Pure curves over scored rows, small enough to draw: what a plot needs, never the rows themselves. */

export interface RocPoint {
  readonly falsePositiveRate: number;
  readonly truePositiveRate: number;
}

/** The ROC curve at about `points` evenly spread thresholds, from (0, 0) to (1, 1). Equal scores move together (Fawcett 2006, algorithm 1). */
export function rocCurve({ labels, scores }: ScoredRows, points = 160): readonly RocPoint[] {
  const order = Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const negatives = labels.length - positives;
  const every = Math.max(1, Math.floor(order.length / points));
  const curve: RocPoint[] = [{ falsePositiveRate: 0, truePositiveRate: 0 }];
  let truePositives = 0;
  let nextAt = every;
  order.forEach((row, index) => {
    truePositives += labels[row]!;
    const seen = index + 1;
    const tied = seen < order.length && scores[order[seen]!] === scores[row];
    if (tied || (seen < nextAt && seen < order.length)) return;
    nextAt = seen + every;
    curve.push({
      falsePositiveRate: (seen - truePositives) / Math.max(1, negatives),
      truePositiveRate: truePositives / Math.max(1, positives),
    });
  });
  return curve;
}

export interface CalibrationPoint {
  readonly predicted: number;
  readonly observed: number;
  readonly rows: number;
}

/** Mean score against the share of positives, in bins of equal count. */
export function calibrationCurve({ labels, scores }: ScoredRows, bins = 12): readonly CalibrationPoint[] {
  const order = Array.from(scores.keys()).sort((a, b) => scores[a]! - scores[b]!);
  return Array.from({ length: Math.min(bins, order.length) }, (_, bin) => {
    const rows = order.slice(
      Math.floor((bin * order.length) / bins),
      Math.max(1, Math.floor(((bin + 1) * order.length) / bins)),
    );
    return {
      predicted: mean(rows, scores),
      observed: mean(rows, labels),
      rows: rows.length,
    };
  }).filter((point) => point.rows > 0);
}

export interface DistributionPoint {
  readonly score: number;
  readonly share: number;
  readonly label: 'on time' | 'late';
}

/** Share of each class in bins of equal width between 0 and 1. */
export function scoreDistribution({ labels, scores }: ScoredRows, bins = 40): readonly DistributionPoint[] {
  return ([0, 1] as const).flatMap((label) => {
    const counts = new Array<number>(bins).fill(0);
    let rows = 0;
    scores.forEach((score, row) => {
      if (labels[row] !== label) return;
      rows += 1;
      counts[Math.min(bins - 1, Math.max(0, Math.floor(score * bins)))]! += 1;
    });
    return counts.map((count, bin) => ({
      score: (bin + 0.5) / bins,
      share: count / Math.max(1, rows),
      label: label === 1 ? ('late' as const) : ('on time' as const),
    }));
  });
}

function mean(rows: readonly number[], values: Uint8Array | Float64Array): number {
  return rows.reduce((sum, row) => sum + values[row]!, 0) / Math.max(1, rows.length);
}
