import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiFixture, REQUEST } from '../../tests/support/api-fixture.js';
import { linearOnnx, nanOnnx, slowOnnx } from '../../tests/support/onnx-models.js';
import { BUNDLE_2, MODEL, NOW_US, sigmoid } from '../../tests/support/serving-world.js';
import { parsePredictionId } from '../telemetry/index.js';

let api: ApiFixture;
beforeAll(async () => {
  api = await ApiFixture.create();
});
afterAll(() => api.close());

const package1 = () => api.world.addPackage({ version: 1, bias: 1 });
const package2 = () => api.world.addPackage({ version: 2, bias: 2, bundle: BUNDLE_2 });
const nanPackage = () => api.world.addPackage({ version: 2, onnx: nanOnnx(6), golden: { scores: [0], tolerance: 1 } });

/** Loads NaN models too: their golden inputs cannot pass, so they stand for a model that breaks after it was proven. */
async function breaking(version: number) {
  const entry = await api.world.addPackage({ version, bias: version });
  await api.serve([entry]);
  const { loaded } = api.table.versions.get(version)!;
  Object.assign(loaded!.batcher, {
    submit: (_row: unknown, _deadline: unknown, done: (score: number, failure: null) => void) => done(Number.NaN, null),
  });
  return entry;
}

const limitsOf = (timeoutMs: number) => ({ timeoutMs, priority: 'normal', costClass: null }) as const;

describe('POST /v1/models/:model/predict', () => {
  it('answers with the version, the role, an id that traces back, and the token of the features', async () => {
    const v1 = await package1();
    await api.serve([v1]);
    const { status, body, headers } = await api.predict({ ...REQUEST, at: NOW_US });
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/application\/json/);
    expect(body).toMatchObject({ model: MODEL, version: 1, package: v1.digest, role: 'champion', degraded: null });
    const { predictionId, serial, token } = body as {
      predictionId: string;
      serial: number;
      token: { atUs: number; views: object };
    };
    expect(parsePredictionId(predictionId)).toMatchObject({
      model: MODEL,
      version: 1,
      serial,
      pod: 'pod-1',
      counter: expect.any(Number),
    });
    expect(token.atUs).toBe(NOW_US);
    expect(Object.keys(token.views)).toHaveLength(1);
  });

  it('logs what it answered, with entities, request, features and token', async () => {
    await api.serve([await package1()]);
    const { body } = await api.predict({ ...REQUEST, at: NOW_US });
    const { predictionId, prediction, token } = body as { predictionId: string; prediction: number; token: object };
    const record = (await api.logged()).find(({ id }) => id === predictionId);
    expect(record).toMatchObject({
      atUs: NOW_US,
      role: 'champion',
      score: prediction,
      entities: { route: ['ATL', 'LAX'] },
      request: { distance: 500 },
      features: [500, 12, 1, 10, 10, 10],
      token,
    });
  });

  it('takes a lone key flat, a time as text, and features of the caller', async () => {
    const v1 = await package1();
    const v2 = await package2();
    await api.serve([v2, v1]);
    const { status, body } = await api.predict({
      entities: { origin: 'ATL', route: { origin: 'ATL', destination: 'LAX' } },
      request: { distance: 500 },
      at: '2001-04-01T12:00:00Z',
      features: { 'origin_delays.count_24h': 99, 'route_delays.mean_1h': null },
      include: ['features'],
    });
    expect(status).toBe(200);
    const { features } = body as { features: Record<string, { value: number | null; status: string }> };
    expect(features['origin_delays.count_24h']).toMatchObject({ value: 99, status: 'PRESENT' });
    expect(features['route_delays.mean_1h']).toMatchObject({ value: null, status: 'NULL' });
    expect(features['origin_delays.count_1h']).toMatchObject({ value: 1 });
  });

  it('serves an entity that nobody has seen, and says NOT_FOUND', async () => {
    await api.serve([await package1()]);
    const { status, body } = await api.predict({
      entities: { route: { origin: 'XXX', destination: 'YYY' } },
      request: { distance: 500 },
      at: NOW_US,
      include: ['features'],
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ degraded: null });
    const { features } = body as { features: Record<string, unknown> };
    expect(features['route_delays.count_24h']).toMatchObject({ value: 0, status: 'NOT_FOUND' });
    expect(features['route_delays.mean_24h']).toMatchObject({ value: null, status: 'NOT_FOUND' });
  });

  it('ignores, and names, what no version takes, so that callers may send ahead of a release', async () => {
    await api.serve([await package1()]);
    const { status, body } = await api.predict({
      entities: { ...REQUEST.entities, origin: 'ATL' },
      request: { distance: 500, carrier: 'DL' },
    });
    expect(status).toBe(200);
    expect((body as { ignored: string[] }).ignored).toEqual(['entities.origin', 'request.carrier']);
  });

  it.each([
    ['no body', null, 'body'],
    ['a list', [], 'body'],
    ['a text', 'hello', 'body'],
    ['a misspelt field', { ...REQUEST, entites: {} }, 'entites'],
    ['a missing entity', { request: { distance: 1 } }, 'entities.route'],
    [
      'a missing key',
      { entities: { route: { origin: 'ATL' } }, request: { distance: 1 } },
      'entities.route.destination',
    ],
    [
      'an unknown key',
      { entities: { route: { origin: 'A', destination: 'B', via: 'C' } }, request: { distance: 1 } },
      'entities.route.via',
    ],
    [
      'a key of another type',
      { entities: { route: { origin: 1, destination: 'B' } }, request: { distance: 1 } },
      'entities.route.origin',
    ],
    ['a flat form of two keys', { entities: { route: 'ATL' }, request: { distance: 1 } }, 'entities.route'],
    [
      'a key that is endless',
      { entities: { route: { origin: 'A'.repeat(600), destination: 'B' } }, request: { distance: 1 } },
      'entities.route.origin',
    ],
    ['a missing input', { entities: REQUEST.entities }, 'request.distance'],
    ['an input of another type', { ...REQUEST, request: { distance: '500' } }, 'request.distance'],
    ['a fraction for a whole number', { ...REQUEST, request: { distance: 1.5 } }, 'request.distance'],
    ['an input below its minimum', { ...REQUEST, request: { distance: -1 } }, 'request.distance'],
    ['an input above its maximum', { ...REQUEST, request: { distance: 10_001 } }, 'request.distance'],
    ['a unit that is no text', { ...REQUEST, unit: 7 }, 'unit'],
    ['an empty unit', { ...REQUEST, unit: '' }, 'unit'],
    ['a time that is no time', { ...REQUEST, at: 'yesterday' }, 'at'],
    ['a time with a fraction', { ...REQUEST, at: 1.5 }, 'at'],
    ['an unknown feature', { ...REQUEST, features: { nonsense: 1 } }, 'features.nonsense'],
    [
      'a feature that is no number',
      { ...REQUEST, features: { 'route_delays.count_1h': '7' } },
      'features.route_delays.count_1h',
    ],
    ['an unknown include', { ...REQUEST, include: ['everything'] }, 'include'],
  ])('refuses %s, naming the field', async (_, body, field) => {
    await api.serve([await package1()]);
    const response = await api.predict(body);
    expect(response.status).toBe(400);
    expect(response.body).toEqual({
      error: {
        code: 'serving/bad-request',
        message: expect.any(String),
        field,
        hint: expect.toSatisfy((hint) => hint === null || typeof hint === 'string'),
      },
    });
  });

  it.each([0, 10_000])('takes the bound %i of an input itself', async (distance) => {
    await api.serve([await package1()]);
    expect((await api.predict({ ...REQUEST, request: { distance } })).status).toBe(200);
  });

  it('takes null for an input that is not known', async () => {
    await api.serve([await package1()]);
    expect((await api.predict({ ...REQUEST, request: { distance: null } })).status).toBe(200);
  });

  it('names the feature views that know nothing of the entity, and only those', async () => {
    await api.serve([await package2()]);
    const entities = { origin: 'ATL', route: { origin: 'ATL', destination: 'YYY' } };
    const known = { origin: 'ATL', route: { origin: 'ATL', destination: 'LAX' } };
    const ask = async (body: object) =>
      (await api.predict({ request: { distance: 500 }, at: NOW_US, ...body })).body as { missing?: string[] };
    expect((await ask({ entities })).missing).toEqual(['route_delays']);
    expect(await ask({ entities: known })).not.toHaveProperty('missing');
    const names = ['count_1h', 'count_24h', 'mean_1h', 'mean_24h'].map((name) => [`route_delays.${name}`, 1]);
    expect(await ask({ entities, features: Object.fromEntries(names) })).not.toHaveProperty('missing');
    expect((await ask({ entities, features: Object.fromEntries(names.slice(1)) })).missing).toEqual(['route_delays']);
  });

  it('takes a time up to 31 days after the log, and none of it changes what later requests get', async () => {
    await api.serve([await package1()]);
    const bound = NOW_US + 31 * 86_400e6;
    expect((await api.predict({ ...REQUEST, at: bound })).status).toBe(200);
    for (const at of [bound + 1, '9999-01-01T00:00:00Z']) {
      expect(await api.predict({ ...REQUEST, at })).toMatchObject({
        status: 400,
        body: { error: { field: 'at', message: expect.stringMatching(/31 days after the newest event of the log/) } },
      });
    }
    const { body } = await api.predict(REQUEST);
    expect((body as { token: { atUs: number } }).token.atUs).toBe(NOW_US);
  });

  it('needs a time of the caller while the log of a replay has said nothing', async () => {
    await api.serve([await package1()]);
    api.eventNowUs = null;
    const [without, given] = [await api.predict(REQUEST), await api.predict({ ...REQUEST, at: NOW_US })];
    api.eventNowUs = NOW_US;
    expect(without).toMatchObject({
      status: 400,
      body: { error: { field: 'at', message: expect.stringMatching(/event clock/), hint: expect.any(String) } },
    });
    expect(given.status).toBe(200);
  });

  it('refuses a time of the caller where the environment runs on the wall clock', async () => {
    await api.serve([await package1()], { clock: 'wall' });
    const { status, body } = await api.predict({ ...REQUEST, at: NOW_US });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { field: 'at', message: expect.stringMatching(/wall clock/) } });
    expect((await api.predict(REQUEST)).status).toBe(200);
  });

  it('gives each of many concurrent callers the score of its own request', async () => {
    const weights = [0.001, 0, 0, 0, 0, 0];
    const v1 = await api.world.addPackage({ version: 1, onnx: linearOnnx({ weights, bias: 0 }) });
    await api.serve([v1]);
    const distances = Array.from({ length: 500 }, (_, index) => (index * 7919) % 10_000);
    const answers = await Promise.all(distances.map((distance) => api.predict({ ...REQUEST, request: { distance } })));
    for (const [index, { body }] of answers.entries()) {
      expect((body as { prediction: number }).prediction).toBeCloseTo(sigmoid(distances[index]! / 1000), 5);
    }
  });

  it('keeps a unit with its version while the weight stays, and moves it with the weight', async () => {
    const [v1, v2] = [await package1(), await package2()];
    const both = { entities: { ...REQUEST.entities, origin: 'ATL' }, request: REQUEST.request };
    await api.serve([v1, v2], { candidate: 2, candidateBuckets: 5_000 });
    const versions = new Map<string, Set<number>>();
    for (let index = 0; index < 120; index += 1) {
      const unit = `user-${index % 40}`;
      const { body } = await api.predict({ ...both, unit });
      versions.set(unit, (versions.get(unit) ?? new Set()).add((body as { version: number }).version));
    }
    expect([...versions.values()].every((seen) => seen.size === 1)).toBe(true);
    expect(new Set([...versions.values()].flatMap((seen) => [...seen]))).toEqual(new Set([1, 2]));
    const counted = api.counted().filter(({ serial }) => serial === api.table.manifest.serial);
    expect(counted.map(({ route, failed }) => [route, failed]).sort()).toEqual([
      ['candidate', {}],
      ['champion', {}],
    ]);
    expect(counted.reduce((sum, { asked }) => sum + asked, 0)).toBe(120);
  });
});

describe('degradation', () => {
  it('lets the champion answer for a candidate that gives NaN', async () => {
    const broken = await breaking(2);
    const v1 = await package1();
    await api.serve([v1, broken], { candidate: 2, candidateBuckets: 10_000 });
    const { status, body } = await api.predict(REQUEST);
    expect(status).toBe(200);
    expect(body).toMatchObject({ version: 1, role: 'champion', degraded: 'candidate version 2 gave no finite score' });
    expect((body as { prediction: number }).prediction).toBeCloseTo(sigmoid(1), 5);
  });

  it('asks the fallback next, then the rule, then says that there is no useful answer', async () => {
    const broken = await breaking(2);
    const old = await api.world.addPackage({ version: 3, bias: 3 });
    await api.serve([broken, old], { champion: 2, fallback: 3, rule: 'route_delays.count_24h / 100.0' });
    expect((await api.predict(REQUEST)).body).toMatchObject({ version: 3, role: 'fallback' });
    const rule = '0.1';
    await api.serve([broken, old], { champion: 2, fallback: 3, rule }, [3]);
    expect((await api.predict(REQUEST)).body).toMatchObject({
      role: 'rule',
      degraded: 'champion version 2 gave no finite score; fallback version 3 is not usable on this pod',
    });
    await api.serve([broken], { champion: 2, rule: 'route_delays.count_24h / 100.0' });
    expect((await api.predict({ ...REQUEST, at: NOW_US })).body).toMatchObject({
      prediction: 0.1,
      role: 'rule',
      degraded: 'champion version 2 gave no finite score',
    });
    await api.serve([broken], { champion: 2 });
    const { status, body, headers } = await api.predict(REQUEST);
    expect(status).toBe(503);
    expect(headers['retry-after']).toBe('1');
    expect(body).toMatchObject({
      error: { code: 'serving/no-answer', message: expect.stringMatching(/version 2 gave no finite score/) },
    });
  });

  it('answers without a version that could not be loaded', async () => {
    const [v1, v2] = [await package1(), await package2()];
    await api.serve([v1, v2], { candidate: 2, candidateBuckets: 10_000 }, [2]);
    expect((await api.predict(REQUEST)).body).toMatchObject({
      version: 1,
      degraded: 'candidate version 2 is not usable on this pod',
    });
  });

  it('lets the champion answer for a candidate whose inputs the caller does not send', async () => {
    const [v1, v2] = [await package1(), await package2()];
    await api.serve([v1, v2], { candidate: 2, candidateBuckets: 10_000 });
    expect((await api.predict(REQUEST)).body).toMatchObject({
      version: 1,
      degraded: 'candidate version 2 needs inputs that were not sent: entities.origin',
    });
  });

  // Another process that takes both cores for a moment takes the champion's time as well.
  it('answers in time for a candidate that is too slow, while health stays quick', { retry: 2 }, async () => {
    const v1 = await package1();
    const slow = await api.world.addPackage({ version: 2, onnx: slowOnnx(6, 1_500), golden: { scores: [0.5] } });
    await api.serve([slow], { limits: limitsOf(60_000) });
    const startedMs = performance.now();
    expect((await api.predict(REQUEST)).status).toBe(200);
    // Machines differ: the limit is a third of what a run takes here.
    const timeoutMs = Math.ceil((performance.now() - startedMs) / 3);
    await api.serve([v1, slow], { candidate: 2, candidateBuckets: 10_000, limits: limitsOf(timeoutMs) });
    const healthMs: number[] = [];
    const probing = setInterval(async () => {
      const started = performance.now();
      await api.app.inject({ method: 'GET', url: '/livez' });
      healthMs.push(performance.now() - started);
    }, 5);
    const answers = await Promise.all(Array.from({ length: 5 }, () => api.predict(REQUEST)));
    clearInterval(probing);
    for (const { status, body } of answers) {
      expect(status).toBe(200);
      expect(body).toMatchObject({ version: 1, degraded: 'candidate version 2 timed out' });
    }
    healthMs.sort((a, b) => a - b);
    expect(healthMs.length).toBeGreaterThan(3);
    // All but the few that a busy machine holds up, and none for as long as the model runs.
    expect(healthMs[Math.floor(healthMs.length * 0.8)]).toBeLessThan(50);
    expect(healthMs.at(-1)).toBeLessThan(2 * timeoutMs);
  });

  it('runs shadow copies beside, logs them, and never shows them', async () => {
    const [v1, v2] = [await package1(), await package2()];
    const broken = await breaking(4);
    const both = { entities: { ...REQUEST.entities, origin: 'ATL' }, request: REQUEST.request };
    await api.serve([v1, v2], { shadow: { version: 2, buckets: 10_000 } });
    const { body } = await api.predict(both);
    expect(body).toMatchObject({ version: 1, role: 'champion', degraded: null });
    await api.table.drained();
    await api.serve([v1, broken], { shadow: { version: 4, buckets: 10_000 } });
    expect((await api.predict(both)).body).toMatchObject({ version: 1, degraded: null });
    await api.table.drained();
    const shadows = (await api.logged()).filter(({ role }) => role === 'shadow');
    expect(shadows).toMatchObject([
      { version: 2, package: v2.digest, score: expect.any(Number), failures: [] },
      { version: 4, package: broken.digest, score: null, failures: [{ version: 4, reason: 'not-finite' }] },
    ]);
  });
});

describe('a package whose golden inputs do not hold', () => {
  it('is refused before it serves', async () => {
    await expect(nanPackage().then((entry) => api.serve([entry]))).rejects.toMatchObject({
      code: 'serving/bad-package',
    });
  });
});
