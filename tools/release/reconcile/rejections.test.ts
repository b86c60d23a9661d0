import { canonicalJson, digestBytes, type Hold, isVisible } from '@signalbox/contracts';
import { TRUST_LIMITS } from '@signalbox/serving/trust';
import { describe, expect, it } from 'vitest';
import {
  CONTEST,
  countsOf,
  desiredOf,
  HOUR_US,
  packageOf,
  podsAt,
  publishedWhere,
  readingsOf,
} from '../../../tests/support/rollout-fixtures.js';
import type { ReconcileInput } from './input.js';
import { reconcile } from './reconcile.js';
import { rememberRejected } from './rejections.js';

const HOSTILE = [
  ['long', 'x'.repeat(300_000)],
  ['half a character', 'evil \ud800 text'],
  ['many halves of characters', '\udc00'.repeat(300_000)],
  ['a character at the cut', `${'x'.repeat(900)}${'😀'.repeat(200)}`],
] as const;

describe('a rejection whose reason quotes a pod', () => {
  const canary = publishedWhere([desiredOf(1), desiredOf(2)], (one) => one.rollout.phase === 'canary');
  const asks = desiredOf(2, { strategy: CONTEST, arms: [packageOf(3)] });
  const contest = publishedWhere([desiredOf(1), asks], (one) => one.rollout.phase === 'experiment');
  const breaker = (current: typeof canary, version: number, reason: string): ReconcileInput['pods'] =>
    podsAt(current.serial, { 1: countsOf(900), 2: countsOf(900), 3: countsOf(900) }).map((pod) => ({
      ...pod,
      breaker: { version, serial: current.serial, sinceMs: 0, reason },
    }));
  const laterThan = ({ rollout }: typeof canary) => rollout.enteredAt + 24 * HOUR_US;

  it.each(HOSTILE)('has a manifest that pods take: %s', (_what, reason) => {
    const pods = breaker(canary, 2, reason);
    const input = { desired: desiredOf(2), current: canary, pods, eventNowUs: laterThan(canary) };
    const { manifest, reasons } = reconcile(input);
    expect(manifest).toMatchObject({ candidate: null, rollout: { phase: 'rejected' } });
    expect(canonicalJson(manifest).length).toBeLessThan(10_000);
    expect(isVisible(manifest!.rollout.rejected)).toBe(true);
    expect(reasons.join().length).toBeLessThan(10_000);
  });

  it.each(HOSTILE)('has one where it is an arm: %s', (_what, reason) => {
    const pods = breaker(contest, 3, reason);
    const at = { current: contest, readings: readingsOf(2), eventNowUs: laterThan(contest) };
    const { manifest } = reconcile({ ...at, desired: asks, pods });
    expect(manifest).toMatchObject({ candidate: 2, arms: [], rollout: { phase: 'experiment' } });
    expect(canonicalJson(manifest).length).toBeLessThan(10_000);
    expect(isVisible(manifest!.rollout.rejected)).toBe(true);
  });
});

describe('what was rejected', () => {
  const digestOf = (number: number): string => digestBytes(`rejected ${number}`);
  const rejection = (number: number, reason = '界'.repeat(5_000)) => ({
    ...{ digest: digestOf(number), serial: number, commit: '1'.repeat(40), reason, winner: 3 },
  });
  const hold: Hold = { model: 'm', reason: 'it failed', since: '2001-04-01', by: 'Ada' };
  const after = (count: number, desired = desiredOf(2)) => {
    let rejected: ReturnType<typeof rememberRejected> = [];
    for (let number = 1; number <= count; number += 1) {
      rejected = rememberRejected(rejected, [rejection(number)], desired);
    }
    return rejected;
  };

  it('never fills a manifest, however often it happens and however long the reasons are', () => {
    const rejected = after(1_000);
    expect(rejected).toHaveLength(200);
    expect(rejected.map(({ serial }) => serial)).toEqual(Array.from({ length: 200 }, (_, at) => 801 + at));
    expect(Buffer.byteLength(JSON.stringify(rejected))).toBeLessThan(TRUST_LIMITS.manifestBytes * 0.6);
    expect(rejected.at(-1)!.reason.length).toBeGreaterThan(900);
    expect(rejected[0]!.reason.length).toBeGreaterThan(90);
  });

  it('is kept as long as the release names it, in whatever part', () => {
    const named = (number: number) => ({ ...packageOf(2), digest: digestOf(number) });
    const night = { name: 'night', where: 'hour < 6', critical: false, package: named(3) };
    const desired = desiredOf(2, {
      ...{ package: named(1), fallback: named(2), arms: [named(4)] },
      segments: [night, { ...night, name: 'day', package: null }],
    });
    expect(
      after(1_000, desired)
        .map(({ serial }) => serial)
        .slice(0, 5),
    ).toEqual([1, 2, 3, 4, 805]);
  });

  it('is forgotten first where a hold keeps it out as well, even if it is newer', () => {
    const holds = new Map([150, 160].map((number) => [digestOf(number), hold]));
    const serials = after(202, desiredOf(2, { holds })).map(({ serial }) => serial);
    expect(serials).toHaveLength(200);
    expect([1, 2, 150, 160].map((number) => serials.includes(number))).toEqual([true, true, false, false]);
  });

  it('is there once, with its newest reason', () => {
    const again = { ...rejection(1, 'it failed again'), serial: 9 };
    expect(rememberRejected([rejection(1), rejection(2)], [again], desiredOf(2))).toMatchObject([
      { serial: 2 },
      { serial: 9, reason: 'it failed again' },
    ]);
  });
});
