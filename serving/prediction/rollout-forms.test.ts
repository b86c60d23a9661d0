import { BUCKETS, type EvidenceCell, failuresOf, type ManifestPackage, UNIT_GROUPS } from '@signalbox/contracts';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiFixture, REQUEST } from '../../tests/support/api-fixture.js';
import { brittleOnnx } from '../../tests/support/onnx-models.js';
import { BUNDLE_2, sigmoid } from '../../tests/support/serving-world.js';
import { bucketOf, route } from '../routing/index.js';

let api: ApiFixture;
let v1: ManifestPackage;
let v2: ManifestPackage;
let v3: ManifestPackage;
let brittle: ManifestPackage;
beforeAll(async () => {
  // Nothing is in the sample, so the log holds what is kept besides it.
  api = await ApiFixture.create((online) => online, 0);
  v1 = await api.world.addPackage({ version: 1, bias: 1 });
  v2 = await api.world.addPackage({ version: 2, bias: 2, bundle: BUNDLE_2 });
  v3 = await api.world.addPackage({ version: 3, bias: 3 });
  brittle = await api.world.addPackage({ version: 4, onnx: brittleOnnx(6) });
});
afterAll(() => api.close());
beforeEach(() => void api.counted());

const BOTH = { entities: { ...REQUEST.entities, origin: 'ATL' }, request: REQUEST.request };

/** As `route version in segment: asked/failed`. */
const inShort = (cells: readonly EvidenceCell[]): string[] =>
  cells.map((cell) => `${cell.route} ${cell.version} in ${cell.segment}: ${cell.asked}/${failuresOf(cell)}`).sort();

async function counted(): Promise<EvidenceCell[]> {
  await api.table.drained();
  return api.counted();
}

/** Asks once for each of so many units; answers as `version role`. */
async function ask(count: number, body: object = BOTH): Promise<string[]> {
  const answers: string[] = [];
  for (let unit = 0; unit < count; unit += 1) {
    const { version, role } = (await api.predict({ ...body, unit: `user-${unit}` })).body as never;
    answers.push(`${version} ${role}`);
  }
  return answers;
}

const segment = (name: string, where: string, version: number | null = null) => ({ name, where, version });

describe('segments', () => {
  it('are answered by their own version, or as the rest, and are counted apart', async () => {
    await api.serve([v1, v2, v3], {
      candidate: 2,
      candidateBuckets: BUCKETS,
      segments: [segment('long', 'distance > 1000', 3), segment('atlanta', 'route.origin == "ATL"')],
    });
    const long = { ...BOTH, request: { distance: 2_000 } };
    expect((await api.predict(long)).body).toMatchObject({ version: 3, role: 'segment', segment: 'long' });
    expect((await api.predict(BOTH)).body).toMatchObject({ version: 2, role: 'candidate', segment: 'atlanta' });
    const elsewhere = { ...BOTH, entities: { origin: 'BOS', route: { origin: 'BOS', destination: 'LAX' } } };
    const { body } = await api.predict(elsewhere);
    expect(body).toMatchObject({ version: 2, role: 'candidate' });
    expect(body).not.toHaveProperty('segment');
    expect(inShort(await counted())).toEqual([
      'candidate 2 in atlanta: 1/0',
      'candidate 2 in null: 1/0',
      'segment 3 in long: 1/0',
    ]);
  });

  it('ask the champion when their own version fails, and copy nothing', async () => {
    await api.serve([v1, v2, brittle], {
      shadow: { version: 2, buckets: BUCKETS },
      segments: [segment('all', 'true', 4)],
    });
    const { body } = await api.predict(BOTH);
    expect(body).toMatchObject({
      ...{ version: 1, role: 'champion', segment: 'all' },
      degraded: 'segment version 4 gave no finite score',
    });
    expect(inShort(await counted())).toEqual(['fallback 1 in all: 1/0', 'segment 4 in all: 1/1']);
  });

  it('are answered by the champion, never by more of a candidate, while their own version is not usable, and every answer says so', async () => {
    const segments = [segment('all', 'true', 3)];
    await api.serve([v1, v2, v3], { candidate: 2, candidateBuckets: BUCKETS, segments }, [3]);
    const before = (await api.logged()).length;
    for (const unit of ['a', 'b', 'c']) {
      const { body } = await api.predict({ ...BOTH, unit });
      expect(body).toMatchObject({
        ...{ version: 1, role: 'champion', segment: 'all' },
        degraded: 'segment version 3 is not usable on this pod',
      });
    }
    expect(inShort(await counted())).toEqual(['fallback 1 in all: 3/0', 'segment 3 in all: 3/3']);
    // It was not asked: that is no news, request by request.
    expect(await api.logged()).toHaveLength(before);
  });

  it('are never cut off: what a release sends somewhere is no rollout', async () => {
    await api.serve([v1, brittle], { segments: [segment('all', 'true', 4)] });
    for (let turn = 0; turn < 3; turn += 1) {
      await ask(10);
      api.aheadMs += 1_000;
    }
    expect(inShort(await counted())).toEqual(['fallback 1 in all: 30/0', 'segment 4 in all: 30/30']);
  });
});

describe('the arms of an experiment', () => {
  it('answer the buckets after the candidate, in the role of a candidate, and the units of each are grouped', async () => {
    const arms = [{ version: 3, buckets: 2_500 }];
    await api.serve([v1, v2, v3], { candidate: 2, candidateBuckets: 2_500, arms, salt: 'arms' });
    const expected = Array.from({ length: 100 }, (_, unit) => {
      const bucket = bucketOf('arms', `user-${unit}`);
      return bucket < 2_500 ? '2 candidate' : bucket < 5_000 ? '3 candidate' : '1 champion';
    });
    expect(await ask(100)).toEqual(expected);
    const units = new Array<number>(UNIT_GROUPS).fill(0);
    for (const cell of await counted()) for (const [at, count] of cell.units.entries()) units[at]! += count;
    const byHand = new Array<number>(UNIT_GROUPS).fill(0);
    for (let unit = 0; unit < 100; unit += 1) byHand[bucketOf('arms', `user-${unit}`) % UNIT_GROUPS]! += 1;
    expect(units).toEqual(byHand);
  });
});

describe('whatever a manifest says', () => {
  const versions = fc.constantFrom(1, 2, 3, 4);
  const form = fc.record({
    champion: fc.constantFrom(1, 3),
    candidate: versions,
    candidateBuckets: fc.constantFrom(0, 2_500, BUCKETS),
    arms: fc.subarray([2, 3, 4].map((version) => ({ version, buckets: 2_500 }))),
    pinned: fc.option(versions),
    shadow: fc.option(versions),
    distances: fc.array(fc.constantFrom(0, 500, 2_000), { minLength: 1, maxLength: 6 }),
  });

  it('each request is answered once, by whom route says or by who stands in for it, and every call is counted once', async () => {
    await fc.assert(
      fc.asyncProperty(form, async ({ distances, pinned, shadow, ...split }) => {
        await api.serve([v1, v2, v3, brittle], {
          ...{ ...split, arms: split.candidateBuckets === BUCKETS ? [] : split.arms },
          segments: [segment('long', 'distance > 1000', pinned)],
          shadow: shadow === null ? null : { version: shadow, buckets: BUCKETS },
        });
        await counted();
        const { manifest } = api.table;
        let failed = 0;
        for (const [unit, distance] of distances.entries()) {
          const chosen = route(manifest, `user-${unit}`, distance > 1_000 ? 0 : -1);
          const { status, body } = await api.predict({ ...BOTH, request: { distance }, unit: `user-${unit}` });
          const { version, role, degraded } = body as { version: number; role: string; degraded: string | null };
          expect(status).toBe(200);
          // The brittle version has a score where its first feature is 0, and fails otherwise.
          const fails = chosen.version === 4 && distance > 0;
          failed += Number(fails);
          expect(degraded === null).toBe(!fails);
          expect([version, role]).toEqual(fails ? [manifest.champion, 'champion'] : [chosen.version, chosen.role]);
        }
        const live = (await counted()).filter((cell) => cell.route !== 'shadow');
        const total = (count: (cell: EvidenceCell) => number): number => live.reduce((all, one) => all + count(one), 0);
        expect(total(({ asked }) => asked)).toBe(distances.length + failed);
        expect(total(failuresOf)).toBe(failed);
        expect(live.filter((cell) => cell.route === 'fallback').reduce((all, one) => all + one.asked, 0)).toBe(failed);
      }),
      { numRuns: 60 },
    );
  });
});

describe('after a switch (blue-green)', () => {
  const switched = { candidate: 2, candidateBuckets: BUCKETS, shadow: { version: 1, buckets: BUCKETS } };

  it('the champion gets copies, which are counted as its own and paired with nothing', async () => {
    await api.serve([v1, v2], switched);
    expect(await ask(5)).toEqual(new Array(5).fill('2 candidate'));
    const cells = await counted();
    expect(inShort(cells)).toEqual(['candidate 2 in null: 5/0', 'shadow 1 in null: 5/0']);
    expect(cells.map(({ paired }) => paired)).toEqual([null, null]);
  });

  it('nothing is paired either where the champion answers for a candidate that failed', async () => {
    await api.serve([v1, brittle], { ...switched, candidate: 4 });
    expect(await ask(3)).toEqual(new Array(3).fill('1 champion'));
    const cells = await counted();
    expect(inShort(cells)).toEqual(['candidate 4 in null: 3/3', 'fallback 1 in null: 3/0', 'shadow 1 in null: 3/0']);
    expect(cells.map(({ paired }) => paired)).toEqual([null, null, null]);
  });

  it('a copy of what the champion answered is paired, as before it', async () => {
    await api.serve([v1, v2], { shadow: { version: 2, buckets: BUCKETS } });
    await api.predict(BOTH);
    const shadow = (await counted()).find(({ route }) => route === 'shadow');
    expect(shadow?.paired).toMatchObject({ rows: 1, sum: Math.round((sigmoid(2) - sigmoid(1)) * 10_000) });
  });
});

describe('the breaker', () => {
  const canary = { candidate: 4, candidateBuckets: BUCKETS };

  /** Ten failures over more than a second. */
  async function trip(): Promise<void> {
    await ask(9);
    api.aheadMs += 1_000;
    await ask(1);
  }

  it('asks a candidate no more that fails while the champion answers, says so, and counts nothing against either', async () => {
    await api.serve([v1, brittle], canary);
    await trip();
    const { serial } = api.table.manifest;
    expect(api.breakers.splice(0)).toMatchObject([{ version: 4, serial, reason: expect.stringMatching(/10 of 10/) }]);
    await counted();
    const { body } = await api.predict(BOTH);
    expect(body).toMatchObject({
      ...{ version: 1, role: 'champion' },
      degraded: 'candidate version 4 is asked no more, because it failed too often',
    });
    const cells = await counted();
    expect(inShort(cells)).toEqual(['fallback 1 in null: 1/0']);
    expect(cells).toMatchObject([{ degraded: 1, units: [] }]);
  });

  it('fills no log with what is no news', async () => {
    await api.serve([v1, brittle], canary);
    await trip();
    const logged = (await api.logged()).length;
    await ask(5);
    expect((await api.logged()).length).toBe(logged);
  });

  it('stops the copies too, and leaves the other arms alone', async () => {
    const shadow = { version: 1, buckets: BUCKETS };
    const arms = [{ version: 3, buckets: 5_000 }];
    await api.serve([v1, v3, brittle], { candidate: 4, candidateBuckets: 5_000, arms, shadow, salt: 'arms' });
    await ask(60);
    api.aheadMs += 1_000;
    await ask(60);
    expect(api.table.breakers.open).toMatchObject({ version: 4 });
    await counted();
    const units = Array.from({ length: 40 }, (_, unit) => bucketOf('arms', `user-${unit}`) >= 5_000);
    const arm = units.filter(Boolean).length;
    await ask(40);
    expect(inShort(await counted())).toEqual(
      [`candidate 3 in null: ${arm}/0`, `fallback 1 in null: ${40 - arm}/0`, `shadow 1 in null: ${arm}/0`].sort(),
    );
  });

  it('is forgotten with the manifest', async () => {
    await api.serve([v1, brittle], canary);
    await trip();
    expect(api.table.breakers.isOpen(4)).toBe(true);
    await api.serve([v1, brittle], canary);
    await counted();
    await ask(1);
    expect(inShort(await counted())).toEqual(['candidate 4 in null: 1/1', 'fallback 1 in null: 1/0']);
  });

  it('stays shut where all fail: that is not the candidate', async () => {
    await api.serve([brittle, v3], { champion: 4, candidate: 3, candidateBuckets: BUCKETS, rule: '0.5' }, [3]);
    await trip();
    expect(api.table.breakers.open).toBeNull();
  });

  it('stays shut for callers that give a version less time than the manifest', async () => {
    await api.serve([v1, v3], { candidate: 3, candidateBuckets: BUCKETS });
    const { loaded } = api.table.versions.get(3)!;
    const submit = loaded!.batcher.submit.bind(loaded!.batcher);
    Object.assign(loaded!.batcher, {
      submit: (_row: unknown, _by: unknown, done: (score: number, failure: object) => void) =>
        done(0, { kind: 'timeout' }),
    });
    const tensors = [
      { name: 'route.origin', datatype: 'BYTES', shape: [1], data: ['ATL'] },
      { name: 'route.destination', datatype: 'BYTES', shape: [1], data: ['LAX'] },
      { name: 'distance', datatype: 'INT64', shape: [1], data: [500] },
    ];
    for (let turn = 0; turn < 30; turn += 1) {
      await api.post('/v2/models/flight-delay/infer', { inputs: tensors, parameters: { timeout: 1_000 } });
      api.aheadMs += 200;
    }
    Object.assign(loaded!.batcher, { submit });
    expect(api.table.breakers.open).toBeNull();
  });
});
