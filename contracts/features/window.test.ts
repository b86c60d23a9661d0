import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { floorToHop, HOPS_US, hopOfWindow } from './window.js';

const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

describe('hops', () => {
  it('divide one another, so that tiles nest', () => {
    for (let i = 1; i < HOPS_US.length; i++) expect(HOPS_US[i - 1]! % HOPS_US[i]!).toBe(0);
  });

  it.each([
    [5 * MINUTE, 5 * MINUTE],
    [59 * MINUTE, 5 * MINUTE],
    [HOUR, 5 * MINUTE],
    [12 * HOUR - 1, 5 * MINUTE],
    [12 * HOUR, HOUR],
    [12 * DAY - 1, HOUR],
    [12 * DAY, DAY],
    [365 * DAY, DAY],
  ])('a window of %d µs has tiles of %d µs', (window, hop) => {
    expect(hopOfWindow(window)).toBe(hop);
  });

  it('make a window of an hour or more longer by at most a twelfth', () => {
    fc.assert(fc.property(fc.integer({ min: HOUR, max: 400 * DAY }), (window) => hopOfWindow(window) * 12 <= window));
  });
});

describe('the floor to a hop', () => {
  it('is the largest multiple not after the time, for any exact integer, by BigInt', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom(...HOPS_US), (time, hop) => {
        const floored = BigInt(floorToHop(time, hop));
        expect(floored % BigInt(hop)).toBe(0n);
        expect(floored <= BigInt(time) && BigInt(time) < floored + BigInt(hop)).toBe(true);
      }),
    );
  });

  it('goes down, not toward zero, before 1970', () => {
    expect(floorToHop(-1, HOUR)).toBe(-HOUR);
    expect(floorToHop(-HOUR, HOUR)).toBe(-HOUR);
  });

  it('is right one microsecond before an edge near 2^53, where a quotient would round up', () => {
    const edge = Math.floor(Number.MAX_SAFE_INTEGER / (5 * MINUTE)) * 5 * MINUTE;
    expect(floorToHop(edge - 1, 5 * MINUTE)).toBe(edge - 5 * MINUTE);
  });
});
