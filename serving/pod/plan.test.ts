import type { ManifestPackage, RolloutManifest } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { championOnly, judgeLoaded, planModel, routedVersions, unneeded } from './plan.js';
import { readinessOf } from './readiness.js';

const digestOf = (version: number): string => `sha256:${String(version).repeat(64).slice(0, 64)}`;
const entry = (version: number): ManifestPackage => ({
  version,
  digest: digestOf(version),
  sizeBytes: 1,
  features: digestOf(9),
});

function manifest(serial: number, changes: Partial<RolloutManifest> = {}): RolloutManifest {
  return {
    schema: 'signalbox/rollout-manifest/2',
    environment: 'prod',
    model: 'm',
    serial,
    previous: null,
    commit: 'c'.repeat(40),
    clock: 'wall',
    packages: [entry(3), entry(2), entry(1)],
    champion: 1,
    previousChampion: null,
    candidate: 2,
    candidateBuckets: 100,
    arms: [],
    segments: [],
    salt: 's',
    shadow: null,
    fallback: null,
    rule: null,
    limits: { timeoutMs: 100, priority: 'normal', costClass: null },
    rollout: { phase: 'canary', step: 0, enteredAt: 0, desired: null, emergency: null, rejected: [] },
    ...changes,
  };
}

const LAST = manifest(0, { candidate: null });

const state = (over: Partial<Parameters<typeof planModel>[0]> = {}) => ({
  appliedSerial: null,
  retry: null,
  loaded: new Set<string>(),
  ...over,
});

describe('planModel', () => {
  it('loads what is missing, what requests need first', () => {
    const plan = planModel(state({ loaded: new Set([digestOf(2)]) }), manifest(5), 0);
    expect(plan).toMatchObject({ kind: 'apply', load: [{ version: 1 }, { version: 3 }] });
  });

  it('keeps what is applied, and what was rejected until its time', () => {
    expect(planModel(state({ appliedSerial: 5 }), manifest(5), 0)).toEqual({ kind: 'keep' });
    const rejected = state({ appliedSerial: 4, retry: { serial: 5, atMs: 100 } });
    expect(planModel(rejected, manifest(5), 99)).toEqual({ kind: 'keep' });
    expect(planModel(rejected, manifest(5), 100)).toMatchObject({ kind: 'apply' });
    expect(planModel(rejected, manifest(6), 0)).toMatchObject({ kind: 'apply' });
  });

  it('looks again, after its time, for what the manifest in use is served without', () => {
    const partly = state({ appliedSerial: 5, retry: { serial: 5, atMs: 100 }, loaded: new Set([1, 2].map(digestOf)) });
    expect(planModel(partly, manifest(5), 99)).toEqual({ kind: 'keep' });
    expect(planModel(partly, manifest(5), 100)).toMatchObject({ kind: 'apply', load: [{ version: 3 }] });
    expect(planModel(partly, manifest(6), 0)).toMatchObject({ kind: 'apply' });
  });

  it('withdraws a model that is no longer published, once', () => {
    expect(planModel(state({ appliedSerial: 5 }), null, 0)).toEqual({ kind: 'withdraw' });
    expect(planModel(state(), null, 0)).toEqual({ kind: 'keep' });
  });

  it('needs nothing to be loaded for going back to a version that was kept warm', () => {
    const back = manifest(6, { champion: 3, previousChampion: 1, candidate: null, candidateBuckets: 0 });
    const loaded = new Set([1, 2, 3].map(digestOf));
    expect(planModel(state({ appliedSerial: 5, loaded }), back, 0)).toMatchObject({ kind: 'apply', load: [] });
  });
});

describe('judgeLoaded', () => {
  const bad = (...versions: number[]) =>
    new Map(versions.map((version) => [version, { reason: 'broken', broken: version !== 3 }]));

  it('takes a manifest when all that it routes to is usable, whatever is only kept warm', () => {
    expect(judgeLoaded(manifest(1), bad(), LAST)).toEqual({ kind: 'take', unusable: [] });
    expect(judgeLoaded(manifest(1), bad(3), LAST)).toEqual({ kind: 'take', unusable: [] });
  });

  it.each<[string, Partial<RolloutManifest>]>([
    ['a fallback', { fallback: 3 }],
    ['the version of a segment', { segments: [{ name: 'far', where: 'true', version: 3 }] }],
    ['a shadow that is not tried', { shadow: { version: 3, buckets: 5 } }],
  ])('takes it without %s that cannot be used, and says so, also where there is nothing better', (_, changes) => {
    const unusable = [{ version: 3, reason: 'broken', broken: false }];
    for (const lastGood of [LAST, null])
      expect(judgeLoaded(manifest(1, changes), bad(3), lastGood)).toEqual({ kind: 'take', unusable });
  });

  it('rejects it while there is a last good one, and names the versions, and which of them are at fault themselves', () => {
    const refusal = { reason: 'version 2: broken', versions: [{ version: 2, broken: true }] };
    expect(judgeLoaded(manifest(1), bad(2), LAST)).toEqual({ kind: 'reject', refusal });
    const arm = manifest(1, { arms: [{ version: 3, buckets: 5 }] });
    const versions = [...refusal.versions, { version: 3, broken: false }];
    expect(judgeLoaded(arm, bad(2, 3), LAST)).toMatchObject({ kind: 'reject', refusal: { versions } });
    // It is about the candidate alone, and speaks against it.
    expect(judgeLoaded(manifest(1, { fallback: 3 }), bad(2, 3), LAST)).toEqual({ kind: 'reject', refusal });
    expect(judgeLoaded(manifest(1, { fallback: 2 }), bad(2), LAST)).toEqual({ kind: 'reject', refusal });
  });

  it('keeps no last good one that answers by what the manifest has left, and serves the champion alone', () => {
    const next = manifest(1, { packages: [entry(1), entry(2)] });
    const verdictAfter = (last: Partial<RolloutManifest>) => judgeLoaded(next, bad(2), manifest(0, last)).kind;
    const far = { name: 'far', where: 'true', version: 3 };
    expect(verdictAfter({ candidate: 3, candidateBuckets: 0, shadow: { version: 3, buckets: 5 } })).toBe('reject');
    expect(verdictAfter({ segments: [{ ...far, version: null }], fallback: 2 })).toBe('reject');
    for (const last of [
      { champion: 3, candidate: null },
      { champion: 2, candidate: null },
      { candidate: 3 },
      { segments: [far] },
      { fallback: 3 },
      { arms: [{ version: 3, buckets: 5 }] },
    ])
      expect({ last, kind: verdictAfter(last) }).toEqual({ last, kind: 'champion-only' });
    const renamed = manifest(0, { packages: [{ ...entry(1), digest: digestOf(7) }] });
    expect(judgeLoaded(next, bad(2), renamed)).toMatchObject({ kind: 'champion-only' });
  });

  it('serves the champion alone where there is nothing better, and nothing without the champion', () => {
    expect(judgeLoaded(manifest(1), bad(2), null)).toMatchObject({ kind: 'champion-only' });
    expect(judgeLoaded(manifest(1), bad(1), null)).toMatchObject({ kind: 'reject' });
    expect(routedVersions(championOnly(manifest(1, { shadow: { version: 3, buckets: 5 }, fallback: 2 })))).toEqual(
      new Set([1]),
    );
  });
});

describe('unneeded', () => {
  it('never frees what a manifest in use names, and frees everything else', () => {
    const version = fc.integer({ min: 1, max: 9 });
    const manifests = fc.array(fc.option(fc.uniqueArray(version, { minLength: 1 })));
    fc.assert(
      fc.property(fc.uniqueArray(version), manifests, (loaded, used) => {
        const inUse = used.map((versions) => versions && manifest(1, { packages: versions.map(entry) }));
        const freed = unneeded(loaded.map(digestOf), inUse);
        const needed = new Set(used.flatMap((versions) => versions ?? []).map(digestOf));
        expect(freed).toEqual(loaded.map(digestOf).filter((digest) => !needed.has(digest)));
      }),
    );
  });
});

describe('readinessOf', () => {
  const facts = {
    stopping: false,
    wasReady: false,
    models: [{ model: 'm', serves: true, rejected: null }],
    refused: null,
    frozen: false,
  };

  it('is ready when every model is served', () => {
    expect(readinessOf(facts)).toEqual({ ready: true, reasons: [] });
  });

  it.each([
    { over: { models: [] }, ready: false, reason: /no manifest has been read/ },
    { over: { models: [], refused: 'expired' }, ready: false, reason: /no manifest was taken: expired/ },
    {
      over: { models: [{ model: 'm', serves: false, rejected: 'broken' }] },
      ready: false,
      reason: /m: nothing is loaded yet \(broken\)/,
    },
    {
      over: { wasReady: true, models: [...facts.models, { model: 'new', serves: false, rejected: 'no views' }] },
      ready: true,
      reason: /new: nothing is loaded yet \(no views\)/,
    },
    { over: { wasReady: true, stopping: true }, ready: false, reason: /stopping/ },
    { over: { models: [{ model: 'm', serves: true, rejected: 'broken' }] }, ready: true, reason: /m: broken/ },
    { over: { refused: 'replayed' }, ready: true, reason: /refused: replayed/ },
    { over: { frozen: true }, ready: true, reason: /expired/ },
  ])('says $reason', ({ over, ready, reason }) => {
    const readiness = readinessOf({ ...facts, ...over });
    expect(readiness.ready).toBe(ready);
    expect(readiness.reasons.join()).toMatch(reason);
  });
});
