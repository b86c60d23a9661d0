import { describe, expect, it } from 'vitest';
import { encodeEntityKey } from './entity-key.js';
import { isAccepted } from './visibility.js';

const source = { allowedLatenessUs: 100, futureSkewUs: 10 };

describe('lateness', () => {
  it.each([
    [100, true],
    [101, false],
    [0, true],
    [-10, true],
    [-11, false],
  ])('of %d µs is accepted: %s', (lateness, accepted) => {
    expect(isAccepted(source, { eventTs: 5_000, arrivalTs: 5_000 + lateness })).toBe(accepted);
    expect(isAccepted(source, { eventTs: -5_000, arrivalTs: -5_000 + lateness })).toBe(accepted);
  });
});

describe('the key of an entity', () => {
  it('differs for lists that join to the same text', () => {
    const lists = [['a', 'b'], ['a,b'], ['a","b'], ['ab'], ['', 'ab'], ['1'], [1], [1, '1'], ['1', 1], ['[1]'], []];
    expect(new Set(lists.map(encodeEntityKey)).size).toBe(lists.length);
  });
});
