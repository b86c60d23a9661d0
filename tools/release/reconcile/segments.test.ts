import { describe, expect, it } from 'vitest';
import {
  countsOf,
  desiredOf,
  HOUR_US,
  packageOf,
  podsAt,
  publishedWhere,
} from '../../../tests/support/rollout-fixtures.js';
import type { Desired, DesiredSegment } from './input.js';
import { reconcile } from './reconcile.js';

const HOLD = { model: 'm', reason: 'it is wrong', since: '2001-04-01', by: 'Ada' };
const FROZEN = { waits: ['the environment is frozen'] };
const pin = (name: string, version: number | null): DesiredSegment => ({
  ...{ name, where: `origin == "${name}"`, critical: false },
  package: version === null ? null : packageOf(version),
});

const live2 = publishedWhere([desiredOf(1), desiredOf(2)]);
const pinned = publishedWhere([desiredOf(1), desiredOf(2, { segments: [pin('atl', 1), pin('ord', null)] })]);

/** Asked over what is published, when no pod says anything. */
function decided(current: typeof live2, version: number, change: Partial<Desired>) {
  const { manifest, reasons } = reconcile({
    desired: desiredOf(version, change),
    current,
    pods: [],
    eventNowUs: 200 * HOUR_US,
  });
  const { packages, segments } = manifest ?? current;
  return {
    segments: segments.map((one) => `${one.name} ${one.version}`),
    loaded: packages.map((one) => one.version),
    reasons,
  };
}

describe('the fallback of a manifest', () => {
  const fallen = publishedWhere([desiredOf(1), desiredOf(2, { fallback: packageOf(1) })]);
  const named = (current: typeof live2, version: number, change: Partial<Desired>) => {
    const desired = desiredOf(version, { ...FROZEN, ...change });
    const { manifest, reasons } = reconcile({ desired, current, pods: [], eventNowUs: 200 * HOUR_US });
    return { fallback: (manifest ?? current).fallback, reasons: reasons.join() };
  };

  it('comes only once nothing stands against the release, unless it stood here already', () => {
    expect(named(live2, 2, { fallback: packageOf(4), waits: [] })).toMatchObject({ fallback: 4 });
    const late = 'fallback version 4 waits as the release does: the environment is frozen';
    expect(named(live2, 2, { fallback: packageOf(4) })).toMatchObject({
      fallback: null,
      reasons: expect.stringContaining(late),
    });
    expect(named(fallen, 2, { fallback: packageOf(4) })).toMatchObject({
      fallback: 1,
      reasons: expect.stringContaining(late),
    });
    expect(named(live2, 2, { fallback: packageOf(1) })).toMatchObject({
      fallback: 1,
      reasons: expect.not.stringContaining('waits as'),
    });
    expect(named(fallen, 1, { fallback: packageOf(4) })).toMatchObject({ fallback: null });
  });
});

describe('the segments of a manifest', () => {
  it('are answered by the version that the release names, which pods load', () => {
    expect(pinned.segments).toEqual([
      { name: 'atl', where: 'origin == "atl"', version: 1 },
      { name: 'ord', where: 'origin == "ord"', version: null },
    ]);
    expect(decided(live2, 2, { segments: [pin('atl', 4)] })).toMatchObject({ segments: ['atl 4'], loaded: [2, 4, 1] });
  });

  it.each<[string, Partial<Desired>]>([
    ['is held', { holds: new Map([[packageOf(4).digest, HOLD]]) }],
    [
      'bears the number of another package',
      { segments: [{ ...pin('atl', 4), package: { ...packageOf(4), version: 1 } }] },
    ],
  ])('follow the rollout where the version %s', (_why, change) => {
    const { reasons, segments } = decided(live2, 2, { segments: [pin('atl', 4)], ...change });
    expect(segments).toEqual(['atl null']);
    expect(reasons.join()).toMatch(
      /segment atl is not answered by version \d but follows the rollout: (it is held|its number)/,
    );
  });

  it('follow the rollout until the version that is asked for is live: a pin is no way past the stages', () => {
    const segments = [pin('atl', 3)];
    expect(decided(live2, 3, { segments })).toMatchObject({ segments: ['atl null'] });
    expect(decided(live2, 3, { segments }).reasons.join()).toContain('it is not live yet');
    expect(publishedWhere([desiredOf(1), desiredOf(2), desiredOf(3, { segments })]).segments).toMatchObject([
      { version: 3 },
    ]);
  });

  it('follow the rollout once the version was rejected here', () => {
    const canary = publishedWhere([desiredOf(1), desiredOf(2)], ({ rollout }) => rollout.phase === 'canary');
    const pods = podsAt(canary.serial, { 1: countsOf(2000), 2: countsOf(2000, 500) });
    const input = { desired: desiredOf(2), current: canary, pods, eventNowUs: canary.rollout.enteredAt };
    const rejected = reconcile(input).manifest!;
    expect(decided(rejected, 1, { segments: [pin('atl', 2)] }).segments).toEqual(['atl null']);
  });

  it('stay as they are published while the release waits, and say so', () => {
    const changed = { segments: [pin('ord', 4), pin('atl', 4), pin('lax', 4)], ...FROZEN };
    const { reasons, segments } = decided(pinned, 2, changed);
    expect(segments).toEqual(['atl 1', 'ord null']);
    expect(reasons.join()).toContain('the segments stay as they are published');
    expect(decided(pinned, 2, { segments: [pin('atl', 1), pin('ord', null)], ...FROZEN }).reasons).toEqual([]);
  });

  it.each<[string, Partial<Desired>]>([
    ['Git pins no more', { segments: [pin('ord', null)] }],
    ['a hold names', { segments: [pin('atl', 1), pin('ord', null)], holds: new Map([[packageOf(1).digest, HOLD]]) }],
  ])('lose what %s at once, in a freeze too', (_what, change) => {
    expect(decided(pinned, 2, { ...change, ...FROZEN }).segments).toEqual(['atl null', 'ord null']);
  });
});

describe('what is said of a change beside the rollout', () => {
  const said = (current: typeof live2, change: Partial<Desired>) => decided(current, 2, change).reasons;
  const both = { segments: [pin('atl', 1), pin('ord', null)] };

  it('names each segment whose answers move, and the fallback', () => {
    expect(said(pinned, { segments: [pin('atl', 4), pin('ord', null)] })).toEqual([
      'segment atl is answered by version 4 as soon as pods have loaded it',
    ]);
    expect(said(pinned, { segments: [pin('atl', null), pin('ord', null)], ...FROZEN })[0]).toBe(
      'segment atl follows the rollout',
    );
    expect(said(pinned, { segments: [pin('ord', null)] })).toEqual([
      'segment atl is no more: its requests follow the rollout or another segment',
    ]);
    expect(said(pinned, { segments: [pin('ord', null), pin('atl', 1)] })).toEqual([
      'the order of its segments changed',
    ]);
    expect(said(pinned, { ...both, fallback: packageOf(4) })).toEqual(['version 4 stands by as the fallback']);
    const withFallback = publishedWhere([desiredOf(1), desiredOf(2, { fallback: packageOf(1) })]);
    expect(said(withFallback, {})).toEqual(['no fallback stands by']);
  });

  it('says that no traffic moves only where segments and fallback are as they were', () => {
    const limits = { timeoutMs: 99, priority: 'normal' as const, costClass: null };
    expect(said(pinned, { ...both, limits })).toEqual([
      'its rule, limits, clock or what is kept loaded changed: no traffic moves',
    ]);
    expect(said(pinned, { limits, segments: [pin('atl', 4), pin('ord', null)] }).join()).not.toContain('no traffic');
  });
});
