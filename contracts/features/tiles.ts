import type { PartialSlot, WindowFeature } from './compiled.js';

/**
 * The algebra of tiles. A tile is one number a slot; tiles are only merged, never subtracted, and merging is associative and commutative
 * with the empty tile as its identity (sums of doubles up to rounding; integers exactly, below 2^53).
 */
export type Slots = Float64Array;

type Op = PartialSlot['op'];

const EMPTY: Record<Op, number> = {
  count: 0,
  sum: 0,
  min: Number.POSITIVE_INFINITY,
  max: Number.NEGATIVE_INFINITY,
};

/** A tile of no events. */
export function emptySlots(slots: readonly Pick<PartialSlot, 'op'>[]): Slots {
  return Float64Array.from(slots, ({ op }) => EMPTY[op]);
}

/**
 * Adds one event in place. `inputs` has one value a slot: what its expression gave (null is ignored, true counts 1), and anything but null
 * where the slot counts every event.
 */
export function addEvent(
  slots: readonly Pick<PartialSlot, 'op'>[],
  into: Slots,
  inputs: readonly (number | boolean | null)[],
): void {
  for (let index = 0; index < slots.length; index++) {
    const input = inputs[index];
    if (input === null || input === undefined) continue;
    const { op } = slots[index]!;
    into[index] = combine(op, into[index]!, op === 'count' ? 1 : Number(input));
  }
}

/** Merges a tile into another, in place. */
export function mergeSlots(slots: readonly Pick<PartialSlot, 'op'>[], into: Slots, from: ArrayLike<number>): void {
  for (let index = 0; index < slots.length; index++) {
    into[index] = combine(slots[index]!.op, into[index]!, from[index]!);
  }
}

function combine(op: Op, a: number, b: number): number {
  switch (op) {
    case 'count':
    case 'sum':
      return a + b;
    case 'min':
      return Math.min(a, b);
    case 'max':
      return Math.max(a, b);
  }
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
