import { describe, expect, it } from 'vitest';
import { emptySlots, finalize } from './tiles.js';

const SLOTS = [{ op: 'count' }, { op: 'sum' }, { op: 'min' }, { op: 'max' }] as const;

describe('the value of a window', () => {
  it.each([
    ['count', [0], 0],
    ['sum', [1, 0], Number.NaN],
    ['mean', [1, 0], Number.NaN],
    ['share', [1, 0], Number.NaN],
    ['min', [2], Number.NaN],
    ['max', [3], Number.NaN],
  ] as const)('is for an empty one and %s of slots %j: %d', (fn, slots, expected) => {
    expect(finalize({ function: fn, slots }, emptySlots(SLOTS))).toBe(expected);
  });

  it.each([
    ['count', [0], 4],
    ['sum', [1, 0], 10],
    ['mean', [1, 0], 2.5],
    ['share', [1, 0], 2.5],
    ['min', [2], -1],
    ['max', [3], 7],
  ] as const)('is for %s of slots %j: %d', (fn, slots, expected) => {
    expect(finalize({ function: fn, slots }, [4, 10, -1, 7])).toBe(expected);
  });

  it('is a sum of zero where there were inputs, and NULL where there were none', () => {
    expect(finalize({ function: 'sum', slots: [1, 0] }, [2, 0, 0, 0])).toBe(0);
    expect(finalize({ function: 'sum', slots: [1, 0] }, [0, 0, 0, 0])).toBeNaN();
  });
});
