import type { PodBreaker } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttemptFailure } from './attempts.js';
import { isCutOff, NO_SUSPICION, type Suspicion, suspicionAfter } from './breaker.js';
import { Breakers } from './breakers.js';

interface Event {
  readonly failed: boolean;
  readonly afterMs: number;
}

/** When the version is cut off, by what became of its requests; null: never. */
function cutOffAt(events: readonly Event[]): number | null {
  let suspicion: Suspicion = NO_SUSPICION;
  let nowMs = 5_000;
  for (const [at, { failed, afterMs }] of events.entries()) {
    nowMs += afterMs;
    suspicion = suspicionAfter(suspicion, failed ? 'failed' : 'answered', nowMs);
    if (failed && isCutOff(suspicion, nowMs)) return at;
  }
  return null;
}

const repeated = (count: number, failed: boolean, afterMs: number): Event[] =>
  new Array<Event>(count).fill({ failed, afterMs });

describe('the decision of a breaker', () => {
  it('cuts off a version that fails ten times in a row, over a second or more', () => {
    expect(cutOffAt(repeated(10, true, 112))).toBe(9);
    expect(cutOffAt(repeated(9, true, 1_000))).toBeNull();
    expect(cutOffAt(repeated(1_000, true, 10))).toBe(100);
  });

  it('takes a burst for one moment, however large', () => {
    expect(cutOffAt([...repeated(500, true, 1), ...repeated(250, false, 1), ...repeated(500, true, 1)])).toBeNull();
  });

  it('is not reset by one good answer', () => {
    expect(cutOffAt([...repeated(9, true, 200), ...repeated(1, false, 200), ...repeated(3, true, 200)])).toBe(12);
  });

  it('takes as long to lose trust as before after a long good past', () => {
    expect(cutOffAt([...repeated(1_000_000, false, 1), ...repeated(10, true, 200)])).toBe(1_000_009);
  });

  it('leaves alone, whatever the order, whoever answers at least one of three', () => {
    // After every three requests at least one was an answer, so no weight is ever gathered beyond what those three add.
    const three = fc.shuffledSubarray([0, 1, 2], { minLength: 1 }).map((answered) => {
      return [0, 1, 2].map((at) => ({ failed: !answered.includes(at), afterMs: 900 }));
    });
    fc.assert(fc.property(fc.array(three, { maxLength: 60 }), (groups) => cutOffAt(groups.flat()) === null));
  });

  it('cuts off whoever fails all, once ten requests and a second have gone by, and not before', () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 10, maxLength: 60 });
    fc.assert(
      fc.property(gaps, (all) => {
        const at = cutOffAt(all.map((afterMs) => ({ failed: true, afterMs })));
        // From the first failure on: its own gap lies before it.
        const elapsedMs = (end: number): number => all.slice(1, end + 1).reduce((sum, each) => sum + each, 0);
        const expected = all.findIndex((_, end) => end >= 9 && elapsedMs(end) >= 1_000);
        expect(at ?? -1).toBe(expected);
      }),
    );
  });

  it('forgets what was answered well enough', () => {
    const after = suspicionAfter(suspicionAfter(NO_SUSPICION, 'failed', 5), 'answered', 6);
    expect(after).toBe(NO_SUSPICION);
  });
});

describe('the breakers of a manifest', () => {
  const MANIFEST = { serial: 7, champion: 1, candidate: 2, arms: [{ version: 3, buckets: 100 }] };

  function fail(
    breakers: Breakers,
    version: number,
    { kind = 'timeout', times = 20 }: { kind?: 'timeout' | 'missing-inputs'; times?: number } = {},
  ): void {
    const failure = (kind === 'timeout' ? { kind } : { kind, names: ['x'] }) as AttemptFailure;
    for (let at = 0; at < times; at += 1) {
      breakers.failed(
        { attempt: { role: 'candidate', version }, failure },
        { nowMs: at * 200, wallMs: 1_000 + at * 200 },
      );
    }
  }

  it('opens once, says what was seen, and stays open whatever comes', () => {
    const told: PodBreaker[] = [];
    const breakers = new Breakers(MANIFEST, (breaker) => told.push(breaker));
    expect([breakers.isOpen(2), breakers.open]).toEqual([false, null]);
    fail(breakers, 2);
    const reason = 'it failed 10 of 10 requests in 1.8 s (timeout), and another version answered them';
    const breaker = { version: 2, serial: 7, sinceMs: 1_000 + 1_800, reason };
    expect([told, breakers.open, breakers.isOpen(2)]).toEqual([[breaker], breaker, true]);
    for (let at = 0; at < 100; at += 1) breakers.answered(2);
    expect([breakers.isOpen(2), breakers.isOpen(3), breakers.isOpen(1)]).toEqual([true, false, false]);
  });

  it('watches arms as it does the candidate, which it tells of first, and nobody else', () => {
    const breakers = new Breakers(MANIFEST, () => {});
    fail(breakers, 3);
    expect(breakers.open?.version).toBe(3);
    fail(breakers, 2);
    expect(breakers.open?.version).toBe(2);
    for (const version of [1, 9]) {
      fail(breakers, version);
      expect(breakers.isOpen(version)).toBe(false);
    }
  });

  it('never watches the champion, also when it is a candidate', () => {
    const breakers = new Breakers({ ...MANIFEST, candidate: 1 }, () => {});
    fail(breakers, 1);
    expect(breakers.isOpen(1)).toBe(false);
  });

  it('holds nothing against a version that callers do not send the inputs of', () => {
    const breakers = new Breakers(MANIFEST, () => {});
    fail(breakers, 2, { kind: 'missing-inputs', times: 1_000 });
    expect(breakers.open).toBeNull();
  });
});
