import type { Signal } from './signals.js';

export interface MovedBin {
  readonly label: string;
  /** Shares, 0 to 1. */
  readonly reference: number;
  readonly live: number;
}

/** The bin whose share changed most: what a person looks at first. Null without rows. */
export function mostMoved(
  { labels, reference }: Pick<Signal, 'labels' | 'reference'>,
  live: readonly number[],
): MovedBin | null {
  const [before, now] = [shares(reference.counts), shares(live)];
  if (before === null || now === null) return null;
  const bins = labels.map((label, bin): MovedBin => ({ label, reference: before[bin]!, live: now[bin]! }));
  return bins.reduce((most, bin) => (moved(bin) > moved(most) ? bin : most));
}

/** Counts as shares; null where there are none. */
export function shares(counts: readonly number[]): readonly number[] | null {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  return rows === 0 ? null : counts.map((count) => count / rows);
}

const moved = ({ reference, live }: MovedBin): number => Math.abs(live - reference);
