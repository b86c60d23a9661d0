import { binCount, binOf, type FrozenBins } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BinnedRows } from './binned-rows.js';
import { CompiledBins } from './compile-bins.js';

const number = fc.float({ noNaN: true, noDefaultInfinity: true });
const sorted = (values: readonly number[]): number[] => [...new Set(values)].sort((a, b) => a - b);
const whole = fc.uniqueArray(fc.integer({ min: 0, max: 100 }), { minLength: 2, maxLength: 24 });
/** At least two, rising: from all of float32, or as narrow as float32 can tell apart, or narrow with a far tail. */
const rising = fc.oneof(
  fc.uniqueArray(number, { minLength: 2, maxLength: 24, comparator: (a, b) => a === b }).map(sorted),
  fc
    .tuple(fc.float({ min: 1, max: 2, noNaN: true }), whole)
    .map(([first, steps]) => sorted(steps.map((step) => first + step * 2 ** -23))),
  fc.tuple(whole, number).map(([steps, tail]) => sorted([...steps.map((step) => Math.fround(step / 1e6)), tail])),
);
const bins: fc.Arbitrary<FrozenBins> = fc.oneof(
  rising.map((edges) => ({ kind: 'ranges' as const, edges })),
  rising.map((values) => ({ kind: 'values' as const, values })),
  number.map((value) => ({ kind: 'values' as const, values: [value] })),
);

/** Each bound, its float32 neighbours, and whatever else a model may get. */
function valuesAround(one: FrozenBins): number[] {
  const bounds = one.kind === 'ranges' ? one.edges : one.values;
  const near = bounds.flatMap((bound) => [bound, bound + 1e-7 * Math.abs(bound), bound - 1e-7 * Math.abs(bound)]);
  return [...near, 0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 3.4e38].map(Math.fround);
}

describe('rows in compiled bins', () => {
  it('are counted where binOf places every value, for each of several distributions', () => {
    fc.assert(
      fc.property(fc.array(bins, { minLength: 1, maxLength: 5 }), fc.array(number), (all, more) => {
        const values = [...all.flatMap(valuesAround), ...more];
        const expected = all.map((one) => new Array<number>(binCount(one)).fill(0));
        for (const [at, one] of all.entries()) for (const value of values) expected[at]![binOf(one, value)]! += 1;
        const rows = new BinnedRows(new CompiledBins(all));
        for (const value of values) rows.add(new Float32Array(all.length).fill(value));
        expect(rows.counts()).toEqual(expected);
      }),
    );
  });
});
