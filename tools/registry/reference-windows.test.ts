import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceDistribution } from './reference-distribution.js';
import { countByWindow } from './reference-windows.js';

const BINS = { kind: 'values', values: [1, 2] } as const;

describe('the reference by windows', () => {
  it('counts whole windows alone, in order of time, on the grid of monitoring', () => {
    const atUs = Float64Array.of(15, 19, 20, 29, 30, 39, 40, 44);
    const values = Float32Array.of(1, 1, 1, 2, 2, 2, 1, 1);
    const period = { atUs, fromUs: 15, toUs: 45, windowUs: 10 };
    expect(countByWindow(BINS, values, period)).toEqual([
      [0, 1, 1, 0],
      [0, 0, 2, 0],
    ]);
  });

  it('has no window where the period is shorter than one', () => {
    const period = { atUs: Float64Array.of(5), fromUs: 1, toUs: 9, windowUs: 10 };
    expect(countByWindow(BINS, Float32Array.of(1), period)).toEqual([]);
  });

  it('keeps the newest windows when there are very many', () => {
    const atUs = Float64Array.from({ length: 1000 }, (_, row) => row * 10);
    const windows = countByWindow(BINS, new Float32Array(1000).fill(2), {
      atUs,
      fromUs: 0,
      toUs: 10_000,
      windowUs: 10,
    });
    expect(windows).toHaveLength(60);
    expect(windows.every((counts) => counts[2] === 1)).toBe(true);
  });

  it('adds to the distribution when every row is in a whole window', () => {
    const rows = fc.array(fc.record({ value: fc.float(), window: fc.integer({ min: 0, max: 20 }) }), { minLength: 1 });
    fc.assert(
      fc.property(rows, (drawn) => {
        const values = Float32Array.from(drawn, ({ value }) => value);
        const atUs = Float64Array.from(drawn, ({ window }) => window * 7 + 3);
        const { bins, counts } = referenceDistribution(values);
        const windows = countByWindow(bins, values, { atUs, fromUs: 0, toUs: 147, windowUs: 7 });
        const summed = counts.map((_, bin) => windows.reduce((sum, window) => sum + window[bin]!, 0));
        expect(summed).toEqual(counts);
      }),
    );
  });
});
