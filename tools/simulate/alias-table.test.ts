import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AliasTable } from './alias-table.js';

describe('a table to draw from', () => {
  it('draws each thing as often as its weight says, whatever the weights', () => {
    const weights = fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(
        weights.filter((all) => all.some((each) => each > 0)),
        (all) => {
          const table = new AliasTable(all);
          const draws = 6000;
          const counts = new Array<number>(all.length).fill(0);
          // Evenly spaced numbers instead of random ones: the share of each thing is exact, but for the ends of its parts.
          for (let i = 0; i < draws; i++) counts[table.draw((i + 0.5) / draws)]! += 1;
          const total = all.reduce((sum, each) => sum + each, 0);
          for (const [at, each] of all.entries()) {
            expect(Math.abs(counts[at]! / draws - each / total)).toBeLessThan((2 * all.length) / draws);
          }
        },
      ),
      { seed: 20010401, numRuns: 100 },
    );
  });
});
