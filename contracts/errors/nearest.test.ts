import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearest, suggest } from './nearest.js';

describe('the nearest name', () => {
  it.each([
    ['colums', ['columns', 'owner'], 'columns'],
    ['Owner', ['columns', 'owner'], 'owner'],
    ['ownre', ['columns', 'owner'], 'owner'],
    ['allowedLatenes', ['allowedLateness', 'futureSkew'], 'allowedLateness'],
    ['missing', ['maxMissingShare', 'min'], 'maxMissingShare'],
    ['typ', ['type', 'unit'], 'type'],
    ['mni', ['min', 'max'], 'min'],
  ])('of %s in %j is %s', (word, candidates, expected) => {
    expect(nearest(word, candidates)).toBe(expected);
  });

  it.each([
    ['colour', ['owner', 'min']],
    ['x', ['type', 'min']],
    ['anything', []],
  ])('of %s in %j does not exist', (word, candidates) => {
    expect(nearest(word, candidates)).toBeNull();
  });

  it('of a name that is there is that name', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, selector: (name) => name.toLowerCase() }),
        (names) => {
          for (const name of names) expect(nearest(name, names)).toBe(name);
        },
      ),
    );
  });
});

describe('the edit distance', () => {
  it.each([
    ['', '', 0],
    ['abc', '', 3],
    ['kitten', 'sitting', 3],
    ['ab', 'ba', 1],
    ['ca', 'abc', 3],
  ])('from %j to %j is %d', (a, b, distance) => {
    expect(editDistance(a, b)).toBe(distance);
  });

  it('is symmetric, zero only for equal words, and at most the longer length', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
        const distance = editDistance(a, b);
        expect(distance).toBe(editDistance(b, a));
        expect(distance === 0).toBe(a === b);
        expect(distance).toBeLessThanOrEqual(Math.max(a.length, b.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
      }),
    );
  });
});

describe('a suggestion', () => {
  it('names the nearest, else what is known, else that nothing is', () => {
    expect(suggest('ownr', ['owner', 'type'], 'key')).toBe('Did you mean "owner"?');
    expect(suggest('zzz', ['owner', 'type'], 'key')).toBe('Known: owner, type.');
    expect(suggest('zzz', [], 'policy')).toBe('There is no policy yet.');
    expect(
      suggest(
        'zzz',
        Array.from({ length: 15 }, (_, at) => `name-${at}`),
        'key',
      ),
    ).toMatch(/name-11, and 3 more\.$/);
  });
});
