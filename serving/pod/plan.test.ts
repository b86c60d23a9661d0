import type { ManifestPackage, RolloutManifest } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { championAlone, judgeLoaded, leftOut, planModel, routedVersions, staysGood, toLoad, unneeded } from './plan.js';
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

const state = (over: Partial<Parameters<typeof planModel>[0]> = {}) => ({
  serves: false,
  appliedSerial: null,
  retry: null,
  ...over,
});

describe('planModel', () => {
  it('keeps what is applied, and what was rejected until its time', () => {
    expect(planModel(state({ appliedSerial: 5 }), manifest(5), 0)).toBe('keep');
    const rejected = state({ appliedSerial: 4, retry: { serial: 5, atMs: 100 } });
    expect(planModel(rejected, manifest(5), 99)).toBe('keep');
    expect(planModel(rejected, manifest(5), 100)).toBe('apply');
    expect(planModel(rejected, manifest(6), 0)).toBe('apply');
  });

  it('looks again, after its time, for what the manifest in use is served without', () => {
    const partly = state({ appliedSerial: 5, retry: { serial: 5, atMs: 100 } });
    expect(planModel(partly, manifest(5), 99)).toBe('keep');
    expect(planModel(partly, manifest(5), 100)).toBe('apply');
    expect(planModel(partly, manifest(6), 0)).toBe('apply');
  });

  it('withdraws a model that is no longer published, once, also where all that it saw was rejected', () => {
    expect(planModel(state({ serves: true, appliedSerial: 5 }), null, 0)).toBe('withdraw');
    expect(planModel(state({ serves: true }), null, 0)).toBe('withdraw');
    expect(planModel(state(), null, 0)).toBe('keep');
  });
});

describe('toLoad', () => {
  it('is what is missing, what requests need first', () => {
    expect(toLoad(manifest(5), new Set([digestOf(2)]))).toMatchObject([{ version: 1 }, { version: 3 }]);
  });

  it('is nothing for going back to a version that was kept warm', () => {
    const back = manifest(6, { champion: 3, previousChampion: 1, candidate: null, candidateBuckets: 0 });
    expect(toLoad(back, new Set([1, 2, 3].map(digestOf)))).toEqual([]);
  });
});

describe('judgeLoaded', () => {
  const bad = (...versions: number[]) =>
    new Map(versions.map((version) => [version, { reason: 'broken', broken: version !== 3 }]));
  const far = { name: 'far', where: 'true', version: 3 };

  it('takes a manifest when all that it routes to is usable, whatever is only kept warm', () => {
    for (const problems of [bad(), bad(3)]) {
      expect(judgeLoaded(manifest(1), problems)).toEqual({ serves: manifest(1), refusal: null });
      expect(leftOut(manifest(1), problems)).toEqual([]);
    }
  });

  it.each<[string, Partial<RolloutManifest>]>([
    ['a fallback', { fallback: 3 }],
    ['the version of a segment', { segments: [far] }],
    ['a shadow that is not tried', { shadow: { version: 3, buckets: 5 } }],
  ])('takes it without %s that cannot be used, and says so', (_, changes) => {
    const wanted = manifest(1, changes);
    expect(judgeLoaded(wanted, bad(3))).toEqual({ serves: wanted, refusal: null });
    expect(leftOut(wanted, bad(3))).toEqual([{ version: 3, reason: 'broken', broken: false }]);
  });

  it('refuses it for what is tried, and names the versions, and which of them are at fault themselves', () => {
    const refusal = { reason: 'version 2: broken', versions: [{ version: 2, broken: true }] };
    expect(judgeLoaded(manifest(1), bad(2)).refusal).toEqual(refusal);
    const arm = manifest(1, { arms: [{ version: 3, buckets: 5 }] });
    const versions = [...refusal.versions, { version: 3, broken: false }];
    expect(judgeLoaded(arm, bad(2, 3))).toMatchObject({ refusal: { versions } });
    // It is about the candidate alone, and speaks against it.
    expect(judgeLoaded(manifest(1, { fallback: 3 }), bad(2, 3)).refusal).toEqual(refusal);
    expect(judgeLoaded(manifest(1, { fallback: 2 }), bad(2)).refusal).toEqual(refusal);
  });

  it('serves all that it says besides, with what of that can be used', () => {
    const tried = { arms: [{ version: 3, buckets: 5 }], shadow: { version: 2, buckets: 5 }, rule: '0.2' };
    const wanted = manifest(1, { ...tried, segments: [far], fallback: 2 });
    const { serves } = judgeLoaded(wanted, bad(2));
    const nothing = { candidate: null, candidateBuckets: 0, arms: [], shadow: null };
    expect(serves).toEqual({ ...wanted, ...nothing });
    expect(leftOut(serves!, bad(2))).toEqual([{ version: 2, reason: 'broken', broken: true }]);
  });

  it('serves nothing of it without its champion', () => {
    expect(judgeLoaded(manifest(1), bad(1))).toMatchObject({ serves: null, refusal: { versions: [{ version: 1 }] } });
  });
});

describe('a manifest whose conditions cannot be compiled', () => {
  const next = manifest(1, { packages: [entry(1), entry(2)] });
  const stays = (last: Partial<RolloutManifest>) => staysGood(manifest(0, last), next);

  it('leaves the last good one as it is, unless that answers by what the manifest has left', () => {
    const far = { name: 'far', where: 'true', version: 3 };
    expect(stays({ candidate: 3, candidateBuckets: 0, shadow: { version: 3, buckets: 5 } })).toBe(true);
    for (const last of [
      { champion: 3, candidate: null },
      { champion: 2, candidate: null },
      { candidate: 3 },
      { segments: [far] },
      { fallback: 3 },
      { arms: [{ version: 3, buckets: 5 }] },
    ])
      expect({ last, stays: stays(last) }).toEqual({ last, stays: false });
    expect(stays({ packages: [{ ...entry(1), digest: digestOf(7) }] })).toBe(false);
    expect(staysGood(null, next)).toBe(false);
  });

  it('is then served by its champion alone', () => {
    const alone = championAlone(manifest(1, { shadow: { version: 3, buckets: 5 }, fallback: 2, rule: '0.2 +' }));
    expect([routedVersions(alone), alone.rule]).toEqual([new Set([1]), null]);
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
