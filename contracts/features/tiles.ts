import type { PartialSlot, WindowFeature } from './compiled.js';

/**
 * A tile is one number a slot. Tiles are only merged, never subtracted: `count` and `sum` add, `min` and `max` take the smaller and the larger, which is
 * associative and commutative with the empty tile as its identity (sums of doubles up to rounding; integers exactly, below 2^53).
 */
export type Slots = Float64Array;

const EMPTY: Record<PartialSlot['op'], number> = {
  count: 0,
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
};

/** A tile of no events. */
export function emptySlots(slots: readonly Pick<PartialSlot, 'op'>[]): Slots {
  return Float64Array.from(slots, ({ op }) => EMPTY[op]);
}

/** The value of a feature from the merged tiles of its window; NaN is NULL. An empty window counts 0 and is NULL in everything else. */
export function finalize(feature: Pick<WindowFeature, 'function' | 'slots'>, tile: ArrayLike<number>): number {
  const first = tile[feature.slots[0]!]!;
  const count = tile[feature.slots[1] ?? -1] ?? 0;
  switch (feature.function) {
    case 'count':
      return first;
    case 'sum':
      return count === 0 ? Number.NaN : first;
    case 'mean':
    case 'share':
      return count === 0 ? Number.NaN : first / count;
    case 'min':
    case 'max':
      return Number.isFinite(first) ? first : Number.NaN;
  }
}
