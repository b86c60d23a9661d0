import { binCount, binOf } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { referenceDistribution } from './reference-distribution.js';

const float = fc.float({ noDefaultInfinity: true });
const columns = fc.oneof(
  fc.array(float, { maxLength: 200 }),
  // Heavy values: the same few over and over, among others.
  fc.array(fc.oneof({ weight: 8, arbitrary: fc.constantFrom(0, Number.NaN, 3) }, { weight: 2, arbitrary: float }), {
    maxLength: 300,
  }),
);
const ramp = (rows: number) => Float32Array.from({ length: rows }, (_, row) => row);

describe('a reference distribution', () => {
  it('counts every row once, in bins that rise and cover the values, whatever they are', () => {
    fc.assert(
      fc.property(columns, (drawn) => {
        const values = Float32Array.from(drawn);
        const { bins, counts } = referenceDistribution(values);
        expect(counts).toHaveLength(binCount(bins));
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(values.length);
        expect(counts[0]).toBe(values.filter((value) => Number.isNaN(value)).length);
        expect(counts.at(-1)).toBe(0);
        if (bins.kind === 'values') return;
        expect(counts[1]).toBe(0);
        expect(bins.edges.length).toBeGreaterThan(1);
        expect(bins.edges.length).toBeLessThanOrEqual(11);
        for (const [at, edge] of bins.edges.entries()) if (at > 0) expect(edge).toBeGreaterThan(bins.edges[at - 1]!);
        for (const count of counts.slice(2, -1)) expect(count).toBeGreaterThan(0);
      }),
    );
  });

  it('is the same in whatever order the rows come', () => {
    fc.assert(
      fc.property(columns, (drawn) => {
        const forward = referenceDistribution(Float32Array.from(drawn));
        expect(referenceDistribution(Float32Array.from([...drawn].reverse()))).toEqual(forward);
      }),
    );
  });

  it('cuts values that are spread evenly into tenths', () => {
    const { bins, counts } = referenceDistribution(ramp(1000));
    expect(bins).toEqual({ kind: 'ranges', edges: [0, 99, 199, 299, 399, 499, 599, 699, 799, 899, 999] });
    expect(counts).toEqual([0, 0, ...new Array(10).fill(100), 0]);
  });

  it('keeps 24 distinct values apart, and cuts 25 into ranges', () => {
    expect(referenceDistribution(ramp(24)).bins).toEqual({ kind: 'values', values: [...ramp(24)] });
    expect(referenceDistribution(ramp(25)).bins.kind).toBe('ranges');
  });

  it('still tells rows apart beside a value that nearly all have', () => {
    const values = Float32Array.from({ length: 1000 }, (_, row) => Math.max(0, row - 900));
    const { counts } = referenceDistribution(values);
    expect(counts[2]).toBe(902);
    expect(counts.slice(3, -1)).toHaveLength(9);
    for (const count of counts.slice(3, -1)) expect(count).toBeCloseTo(11, -1);
  });

  it('has only the bins for missing and unknown where every value is missing', () => {
    expect(referenceDistribution(Float32Array.of(Number.NaN, Number.NaN))).toEqual({
      bins: { kind: 'values', values: [] },
      counts: [2, 0],
    });
  });

  it('has no infinite edge, which no file could hold, and counts infinite values outside', () => {
    const values = Float32Array.from([...ramp(100), Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]);
    const { bins, counts } = referenceDistribution(values);
    expect(bins).toEqual(referenceDistribution(ramp(100)).bins);
    expect([counts[1], counts.at(-1)]).toEqual([1, 1]);
  });

  it('puts what live traffic brings and the reference did not have outside', () => {
    const { bins } = referenceDistribution(ramp(1000));
    expect([-1, 1000, Number.POSITIVE_INFINITY].map((value) => binOf(bins, value))).toEqual([1, 12, 12]);
  });
});
