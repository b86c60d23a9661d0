import { binOf, EVIDENCE_WINDOW_US, type EvidenceCell, failuresOf, type ManifestPackage } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiFixture, REQUEST } from '../../tests/support/api-fixture.js';
import { flatProfile } from '../../tests/support/flat-profile.js';
import { BUNDLE_2, MODEL, NOW_US, sigmoid } from '../../tests/support/serving-world.js';
import type { RowCallback, RowFailure } from '../runtime/index.js';
import type { LoadedVersion } from './loaded-version.js';

let api: ApiFixture;
let v1: ManifestPackage;
let v2: ManifestPackage;
let broken: ManifestPackage;
beforeAll(async () => {
  // Nothing is in the sample, so the log holds what is kept besides it.
  api = await ApiFixture.create((online) => online, 0);
  v1 = await api.world.addPackage({ version: 1, bias: 1 });
  v2 = await api.world.addPackage({ version: 2, bias: 2, bundle: BUNDLE_2 });
  broken = await api.world.addPackage({ version: 4, bias: 4 });
});
afterAll(() => api.close());

const BOTH = { entities: { ...REQUEST.entities, origin: 'ATL' }, request: REQUEST.request };

/** Makes a loaded version answer what a model that breaks after it was proven would. */
async function breakVersion(entry: ManifestPackage, score: number, failure: RowFailure | null): Promise<void> {
  await api.serve([entry], { champion: entry.version });
  const { loaded } = api.table.versions.get(entry.version) as { loaded: LoadedVersion };
  Object.assign(loaded.batcher, { submit: (_row: unknown, _by: unknown, done: RowCallback) => done(score, failure) });
}

/** Cells in the order in which their versions were asked, as `route version: asked/failed`. */
const inShort = (cells: readonly EvidenceCell[]): string[] =>
  cells.map((cell) => `${cell.route} ${cell.version}: ${cell.asked}/${failuresOf(cell)}`).sort();

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);

/** What was counted when no copy is on its way any more. */
async function counted(): Promise<EvidenceCell[]> {
  await api.table.drained();
  return api.counted();
}

describe('the evidence about a version', () => {
  it('counts its answers, how long they took, its scores and its inputs, in the hour of T', async () => {
    await api.serve([v1], {});
    const profile = api.table.champion.loaded!;
    for (const hour of [0, 0, 1]) await api.predict({ ...REQUEST, at: NOW_US + hour * EVIDENCE_WINDOW_US });
    const cells = await counted();
    expect(cells.map(({ windowUs, asked }) => [windowUs, asked])).toEqual([
      [NOW_US, 2],
      [NOW_US + EVIDENCE_WINDOW_US, 1],
    ]);
    const [cell] = cells as [EvidenceCell];
    const { serial } = api.table.manifest;
    expect(cell).toMatchObject({ model: MODEL, version: 1, package: v1.digest, route: 'champion', serial });
    expect([cell.failed, cell.degraded, cell.paired]).toEqual([{}, 0, null]);
    expect(sum(cell.latency.map(([, count]) => count))).toBe(2);
    expect(sum(cell.score)).toBe(2);
    expect(cell.features.map(sum)).toEqual(profile.bundle.order.map(() => 2));
  });

  it('places scores and inputs in the bins of its own profile', async () => {
    const ranges = (...edges: number[]) => ({ bins: { kind: 'ranges' as const, edges }, counts: [0, 0, 1, 0, 0] });
    const flat = flatProfile(MODEL, api.table.champion.loaded!.bundle.order);
    const score = ranges(0, 0.5, 1);
    const features = flat.features.map(({ name }) => ({ name, ...ranges(0, 20, 600) }));
    const profile = { ...flat, features, score, featureRows: 1, scoreRows: 1 };
    await api.serve([await api.world.addPackage({ version: 1, bias: 1, profile })]);
    await api.predict({ ...REQUEST, at: NOW_US });
    const [cell] = (await counted()) as [EvidenceCell];
    expect(cell.score.indexOf(1)).toBe(binOf(score.bins, sigmoid(1)));
    // distance, hour, then the counts and means of the route.
    expect(cell.features.map((counts) => counts.indexOf(1))).toEqual(
      [500, 12, 1, 10, 10, 10].map((value) => binOf(ranges(0, 20, 600).bins, value)),
    );
  });

  it('holds a failure against the version that failed, and what it makes the champion do apart', async () => {
    await breakVersion(broken, Number.NaN, null);
    await api.serve([v1, broken], { candidate: 4, candidateBuckets: 10_000 });
    await api.predict(REQUEST);
    await api.predict({ ...REQUEST, unit: 'somebody else' });
    const cells = await counted();
    expect(inShort(cells)).toEqual(['candidate 4: 2/2', 'fallback 1: 2/0']);
    const [candidate, fallback] = cells as [EvidenceCell, EvidenceCell];
    expect(candidate).toMatchObject({ failed: { 'not-finite': 2 }, degraded: 0, score: [] });
    expect(sum(candidate.features[0]!)).toBe(2);
    expect(fallback).toMatchObject({ degraded: 2 });
  });

  it('names each kind of failure, and counts the rule as what it is', async () => {
    await breakVersion(broken, 0, { kind: 'error', problem: 'x' });
    await api.serve([broken, v2], { champion: 4, candidate: 2, candidateBuckets: 10_000, rule: '0.2' });
    await api.predict(REQUEST);
    const cells = await counted();
    expect(inShort(cells)).toEqual(['candidate 2: 1/1', 'fallback 4: 1/1', 'rule 4: 1/0']);
    expect(cells.map(({ failed }) => failed)).toEqual([{ 'missing-inputs': 1 }, { error: 1 }, {}]);
    await api.serve([v1, v2], { candidate: 2, candidateBuckets: 10_000 }, [2]);
    await api.predict(BOTH);
    expect((await counted()).map(({ failed }) => failed)).toEqual([{ 'not-loaded': 1 }, {}]);
  });

  it('counts as inputs of a version only what that version read', async () => {
    await breakVersion(broken, Number.NaN, null);
    await api.serve([broken, v2], { champion: 4, fallback: 2 });
    await api.predict(REQUEST);
    const cells = await counted();
    expect(cells.map(({ route, features }) => [route, features.length])).toEqual([
      ['champion', 6],
      ['fallback', 0],
    ]);
  });

  it('is nothing that callers chose: a version that they named, a time-out that they shortened', async () => {
    await api.serve([v1]);
    const inputs = [
      { name: 'route.origin', datatype: 'BYTES', shape: [1], data: ['ATL'] },
      { name: 'route.destination', datatype: 'BYTES', shape: [1], data: ['LAX'] },
      { name: 'distance', datatype: 'INT64', shape: [1], data: [500] },
    ];
    expect(await api.post(`/v2/models/${MODEL}/versions/1/infer`, { inputs })).toMatchObject({ status: 200 });
    expect(await counted()).toEqual([]);
    await breakVersion(broken, Number.NaN, { kind: 'timeout' });
    await api.serve([broken], { champion: 4 });
    const impatient = { inputs, parameters: { timeout: 1_000 } };
    expect(await api.post(`/v2/models/${MODEL}/infer`, impatient)).toMatchObject({ status: 503 });
    expect(await counted()).toEqual([]);
    expect(await api.post(`/v2/models/${MODEL}/infer`, { inputs })).toMatchObject({ status: 503 });
    expect(inShort(await counted())).toEqual(['champion 4: 1/1']);
  });
});

describe('the evidence of shadow copies', () => {
  it('pairs scores of the same request, where both answered', async () => {
    await api.serve([v1, v2], { shadow: { version: 2, buckets: 10_000 } });
    for (const unit of ['a', 'b', 'c']) await api.predict({ ...BOTH, unit });
    await api.predict(REQUEST);
    const cells = await counted();
    expect(inShort(cells)).toEqual(['champion 1: 4/0', 'shadow 2: 4/1']);
    const { paired, failed } = cells.find(({ route }) => route === 'shadow')!;
    const units = Math.round((sigmoid(2) - sigmoid(1)) * 10_000);
    expect(paired).toEqual({ rows: 3, sum: 3 * units, sumSquares: 3 * units * units });
    expect(failed).toEqual({ 'missing-inputs': 1 });
  });

  it('pairs nothing where the champion did not answer itself', async () => {
    await breakVersion(broken, Number.NaN, null);
    await api.serve([broken, v1, v2], { champion: 4, fallback: 1, shadow: { version: 2, buckets: 10_000 } });
    expect((await api.predict(BOTH)).body).toMatchObject({ role: 'fallback' });
    const cells = await counted();
    expect(inShort(cells)).toEqual(['champion 4: 1/1', 'fallback 1: 1/0', 'shadow 2: 1/0']);
    expect(cells.every(({ paired }) => paired === null)).toBe(true);
  });

  it('waits for a champion that is slower than the copy', async () => {
    await api.serve([v1, v2], { shadow: { version: 2, buckets: 10_000 } });
    const { batcher } = api.table.champion.loaded!;
    const submit = batcher.submit.bind(batcher);
    batcher.submit = (row, deadline, done) => void setTimeout(() => submit(row, deadline, done), 30);
    await api.predict(BOTH);
    batcher.submit = submit;
    expect((await counted()).find(({ route }) => route === 'shadow')).toMatchObject({ asked: 1, paired: { rows: 1 } });
  });
});

describe('the prediction log, where nothing is in the sample', () => {
  it('names of the features that the caller sent those that the version takes', async () => {
    await breakVersion(broken, Number.NaN, null);
    await api.serve([v1, broken, v2], { candidate: 4, candidateBuckets: 10_000 });
    await api.predict({ ...BOTH, features: { 'origin_delays.count_1h': 1, 'route_delays.count_1h': null } });
    expect((await api.logged()).at(-1)).toMatchObject({ version: 1, provided: ['route_delays.count_1h'] });
  });

  it('keeps what failed: degraded answers, failed copies, and requests that nobody answered', async () => {
    const before = (await api.logged()).length;
    await breakVersion(broken, Number.NaN, null);
    await api.serve([v1, broken], { candidate: 4, candidateBuckets: 10_000, shadow: null });
    await api.predict(REQUEST);
    await api.serve([v1, broken], { shadow: { version: 4, buckets: 10_000 } });
    await api.predict(REQUEST);
    await api.table.drained();
    await api.serve([broken], { champion: 4 });
    await api.predict({ ...REQUEST, features: { 'route_delays.count_1h': 3 } });
    const failures = [{ version: 4, reason: 'not-finite' }];
    expect((await api.logged()).slice(before)).toMatchObject([
      { role: 'champion', version: 1, score: expect.any(Number), failures, sampled: false, provided: [] },
      { role: 'shadow', version: 4, package: broken.digest, score: null, failures, sampled: false },
      { role: 'none', version: 4, score: null, failures, sampled: false, provided: ['route_delays.count_1h'] },
    ]);
    expect((await api.logged()).at(-1)).toMatchObject({
      degraded: 'champion version 4 gave no finite score',
      features: [500, expect.any(Number), 3, expect.any(Number), expect.any(Number), expect.any(Number)],
    });
  });
});
