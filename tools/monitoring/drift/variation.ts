import { jensenShannonDistance } from '../../statistics/index.js';

/**
 * How far the reference's own windows lie from each other: the largest distance of one of them to all the others together. A mean over the last week
 * wanders from week to week in the training data too, and what wanders as far live is no news. Null where fewer than two windows have rows.
 */
export function variationOf(windows: readonly (readonly number[])[]): number | null {
  const counted = windows.filter((counts) => counts.some((count) => count > 0));
  if (counted.length < 2) return null;
  const total = counted.reduce((sum, counts) => sum.map((count, bin) => count + counts[bin]!));
  const distances = counted.map((counts) => {
    const others = total.map((count, bin) => count - counts[bin]!);
    const distance = jensenShannonDistance(counts, others);
    return distance.defined ? distance.value : 0;
  });
  return Math.max(...distances);
}
