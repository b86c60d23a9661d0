import { binCount, binOf, type FrozenBins } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CompiledBins } from './compile-bins.js';

const number = fc.float({ noNaN: true, noDefaultInfinity: true });
/** At least two, rising. */
const rising = fc
  .uniqueArray(number, { minLength: 2, maxLength: 24, comparator: (a, b) => a === b })
  .map((values) => [...values].sort((a, b) => a - b));
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

describe('CompiledBins', () => {
  it('places every value where binOf does, for each of several distributions', () => {
    fc.assert(
      fc.property(fc.array(bins, { minLength: 1, maxLength: 5 }), fc.array(number), (all, more) => {
        const compiled = new CompiledBins(all);
        const counts = new Uint32Array(compiled.size);
        const expected = all.map((one) => new Array<number>(binCount(one)).fill(0));
        for (const [at, one] of all.entries()) {
          for (const value of [...valuesAround(one), ...more]) {
            counts[compiled.positionOf(at, value)]! += 1;
            expected[at]![binOf(one, value)]! += 1;
          }
        }
        expect(compiled.split(counts)).toEqual(expected);
      }),
    );
  });
});
