import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { freshnessAt } from './freshness.js';
import { nextPollMs, pollUntilAborted } from './polling.js';
import type { PollResult, TrustClient } from './trust-client.js';

const intervalMs = fc.integer({ min: 10, max: 600_000 });
const random = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });

describe('the wait before the next poll', () => {
  it('is at most the interval while the store answers, and at least four fifths of it', () => {
    fc.assert(
      fc.property(intervalMs, random, (interval, draw) => {
        const wait = nextPollMs({ intervalMs: interval, failures: 0, random: draw });
        expect(wait).toBeLessThanOrEqual(interval);
        expect(wait).toBeGreaterThanOrEqual(interval * 0.8);
      }),
    );
  });

  it('is drawn from zero up to a bound that doubles with each failure, and never passes the cap', () => {
    fc.assert(
      fc.property(intervalMs, fc.integer({ min: 1, max: 2000 }), random, (interval, failures, draw) => {
        const wait = nextPollMs({ intervalMs: interval, failures, random: draw });
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThanOrEqual(Math.max(60_000, interval));
        expect(nextPollMs({ intervalMs: interval, failures, random: 0 })).toBe(0);
      }),
    );
    const bounds = [1, 2, 3, 20].map((failures) => nextPollMs({ intervalMs: 500, failures, random: 1 }));
    expect(bounds).toEqual([1000, 2000, 4000, 60_000]);
  });
});

describe('freshness', () => {
  const state = { openedAtMs: 1000, verifiedAtMs: 2000, expiresAtMs: 5000 };

  it('counts from the last confirmation, or from the start before there was one', () => {
    expect(freshnessAt(state, 2500).staleMs).toBe(500);
    expect(freshnessAt({ ...state, verifiedAtMs: null }, 2500).staleMs).toBe(1500);
  });

  it('is frozen from the moment of expiry on, and never without a state', () => {
    expect(freshnessAt(state, 4999).frozen).toBe(false);
    expect(freshnessAt(state, 5000).frozen).toBe(true);
    expect(freshnessAt({ ...state, expiresAtMs: null }, 9000).frozen).toBe(false);
  });

  it('is not negative when the wall clock was set back', () => {
    expect(freshnessAt(state, 0).staleMs).toBe(0);
  });
});

describe('polling', () => {
  /** Answers from a script of refusal kinds, then aborts; the waits before each poll, in milliseconds. */
  async function waitsFor(script: readonly (string | null)[]): Promise<readonly number[]> {
    const waits: number[] = [];
    const poll = async () => {
      const kind = script[waits.length - 1];
      return { refusal: kind === null ? null : { kind } } as unknown as PollResult;
    };
    await pollUntilAborted({ poll } as unknown as TrustClient, {
      intervalMs: 1000,
      signal: new AbortController().signal,
      random: () => 0.5,
      onResult: () => undefined,
      wait: async (timeMs) => waits.length < script.length && waits.push(timeMs) > 0,
    });
    return waits;
  }

  it('backs off only for a store that fails, and is back at the interval after the first answer', async () => {
    const waits = await waitsFor([null, 'store', 'store', 'store', null, 'trust', null]);
    expect(waits).toEqual([500, 900, 1000, 2000, 4000, 900, 900]);
  });

  it('ends at once when it is aborted while it waits', async () => {
    const stop = new AbortController();
    const poll = vi.fn();
    const polling = pollUntilAborted({ poll } as unknown as TrustClient, {
      intervalMs: 1000,
      signal: stop.signal,
      random: () => 0.5,
      onResult: () => undefined,
    });
    stop.abort();
    await polling;
    expect(poll).not.toHaveBeenCalled();
  });
});
