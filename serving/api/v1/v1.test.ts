import { SignalboxError } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiFixture, REQUEST } from '../../../tests/support/api-fixture.js';
import { MODEL, NOW_US } from '../../../tests/support/serving-world.js';
import type { OnlineStore } from '../../stores/index.js';

let api: ApiFixture;
let storeIsDown = false;

/** An online store that can be switched off. */
function switchable(online: OnlineStore): OnlineStore {
  return Object.assign(Object.create(online) as OnlineStore, {
    read: (keys: Parameters<OnlineStore['read']>[0]) => {
      if (storeIsDown) throw new SignalboxError('store/unavailable', 'the store is away');
      return online.read(keys);
    },
    close: () => online.close(),
  });
}

beforeAll(async () => {
  api = await ApiFixture.create(switchable);
  await api.serve([await api.world.addPackage({ version: 1, bias: 1 })], { rule: '0.2' });
});
afterAll(() => api.close());

const get = async (url: string) => {
  const response = await api.app.inject({ method: 'GET', url });
  return { status: response.statusCode, body: response.json() };
};

describe('a feature store that is down', () => {
  it('leaves features NULL, says so in the answer, and comes back by itself', async () => {
    storeIsDown = true;
    const { status, body } = await api.predict({ ...REQUEST, include: ['features'] });
    storeIsDown = false;
    expect(status).toBe(200);
    expect(body).toMatchObject({ version: 1, degraded: 'features unavailable' });
    const { features } = body as { features: Record<string, unknown> };
    expect(features['route_delays.count_24h']).toMatchObject({ value: null });
    expect(features['flight_request.distance']).toMatchObject({ value: 500, status: 'PRESENT' });
    expect((await api.predict(REQUEST)).body).toMatchObject({ degraded: null });
  });
});

describe('POST /v1/outcomes', () => {
  it('takes outcomes of any prediction id and logs them', async () => {
    const { body } = await api.predict(REQUEST);
    const { predictionId } = body as { predictionId: string };
    const outcomes = [
      { predictionId, outcome: true, observedAt: '2001-04-01T13:00:00Z' },
      { predictionId, outcome: 0.5 },
    ];
    expect(await api.post('/v1/outcomes', { outcomes })).toMatchObject({ status: 202, body: { accepted: 2 } });
    expect(await api.loggedOutcomes()).toEqual([
      { predictionId, model: MODEL, outcome: true, observedAtUs: NOW_US + 3_600_000_000, wallMs: expect.any(Number) },
      { predictionId, model: MODEL, outcome: 0.5, observedAtUs: NOW_US, wallMs: expect.any(Number) },
    ]);
  });

  it('takes them again, before anything is logged, and for predictions that it never made', async () => {
    const before = (await api.loggedOutcomes()).length;
    const predictionId = `${MODEL}.1.1.another-pod.a.b`;
    const outcomes = [predictionId, predictionId, `${MODEL}.99.99.pod-1.zzzzzzzzz.zzzzzzzzzzz`].map((each) => ({
      predictionId: each,
      outcome: 1,
    }));
    expect(await api.post('/v1/outcomes', { outcomes })).toMatchObject({ status: 202, body: { accepted: 3 } });
    expect((await api.loggedOutcomes()).length).toBe(before + 3);
  });

  it('refuses models that it does not serve, so that nobody can make up metrics', async () => {
    const outcomes = [
      { predictionId: `${MODEL}.1.1.p.a.b`, outcome: 1 },
      { predictionId: 'made-up.1.1.p.a.b', outcome: 1 },
    ];
    const before = (await api.loggedOutcomes()).length;
    expect(await api.post('/v1/outcomes', { outcomes })).toMatchObject({
      status: 404,
      body: { error: { code: 'serving/unknown-model', hint: `It serves: ${MODEL}.` } },
    });
    expect((await api.loggedOutcomes()).length).toBe(before);
    expect((await api.app.inject({ method: 'GET', url: '/metrics' })).body).not.toContain('made-up');
  });

  it.each([
    ['no list', {}, 'outcomes'],
    ['a list of its own', [], 'outcomes'],
    ['a text', 'hello', 'outcomes'],
    ['another field', { outcomes: [], more: 1 }, 'more'],
    ['too many', { outcomes: new Array(10_001).fill({ predictionId: 'm.1.1.p.a.b', outcome: 1 }) }, 'outcomes'],
    ['an id that is none', { outcomes: [{ predictionId: 'x', outcome: 1 }] }, 'outcomes[0].predictionId'],
    ['no outcome', { outcomes: [{ predictionId: 'm.1.1.p.a.b' }] }, 'outcomes[0].outcome'],
    ['a text', { outcomes: [{ predictionId: 'm.1.1.p.a.b', outcome: 'late' }] }, 'outcomes[0].outcome'],
    ['an unknown field', { outcomes: [{ predictionId: 'm.1.1.p.a.b', outcome: 1, extra: 1 }] }, 'outcomes[0].extra'],
    [
      'a time that is none',
      { outcomes: [{ predictionId: 'm.1.1.p.a.b', outcome: 1, observedAt: 'soon' }] },
      'outcomes[0].observedAt',
    ],
  ])('refuses %s, all or nothing, naming the field', async (_, body, field) => {
    const before = (await api.loggedOutcomes()).length;
    expect(await api.post('/v1/outcomes', body)).toMatchObject({ status: 400, body: { error: { field } } });
    expect((await api.loggedOutcomes()).length).toBe(before);
  });
});

describe('GET /v1/features', () => {
  const route = encodeURIComponent('["ATL","LAX"]');

  it('reads the values of an entity with status and age, keys as a list or an object', async () => {
    const { status, body } = await get(`/v1/features?view=route_delays&entity=${route}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ view: 'route_delays', entity: ['ATL', 'LAX'], found: true });
    expect(body.features.count_24h).toEqual({ value: 10, status: 'PRESENT' });
    const asObject = encodeURIComponent('{"origin":"ATL","destination":"LAX"}');
    expect((await get(`/v1/features?view=route_delays&entity=${asObject}`)).body.features).toEqual(body.features);
  });

  it('reads as of another time, and tells an unknown entity', async () => {
    const later = '2001-04-01T20:00:00Z';
    const { body } = await get(`/v1/features?view=route_delays&entity=${route}&at=${later}`);
    expect(body.features.count_1h).toEqual({ value: 0, status: 'PRESENT' });
    const unknown = await get(`/v1/features?view=route_delays&entity=${encodeURIComponent('["X","Y"]')}`);
    expect(unknown.body).toMatchObject({ found: false, ageUs: null });
  });

  it('refuses what it cannot read, and says 503 while the store is away', async () => {
    expect((await get('/v1/features')).body.error.field).toBe('view');
    expect(await get('/v1/features?view=nope&entity=x')).toMatchObject({
      status: 404,
      body: { error: { hint: 'In use: route_delays.' } },
    });
    for (const entity of ['', 'ATL', '[1', '["ATL"]', '{"origin":"ATL"}']) {
      const { status } = await get(`/v1/features?view=route_delays&entity=${encodeURIComponent(entity)}`);
      expect(status).toBe(400);
    }
    expect((await get(`/v1/features?view=route_delays&entity=${route}&when=now`)).body.error.field).toBe('when');
    storeIsDown = true;
    const { status, body } = await get(`/v1/features?view=route_delays&entity=${route}`);
    storeIsDown = false;
    expect([status, body.error.code]).toEqual([503, 'store/unavailable']);
  });
});

describe('metrics and health', () => {
  it('counts answers, failures and refusals for Prometheus', async () => {
    await api.predict(REQUEST);
    await api.predict({});
    const response = await api.app.inject({ method: 'GET', url: '/metrics' });
    expect(response.headers['content-type']).toMatch(/text\/plain/);
    expect(response.body).toMatch(
      /signalbox_predictions_total\{model="flight-delay",version="1",role="champion"\} [1-9]/,
    );
    expect(response.body).toMatch(
      /signalbox_prediction_seconds_bucket\{model="flight-delay",version="1",role="champion",le="\+Inf"\} [1-9]/,
    );
    expect(response.body).toMatch(/signalbox_prediction_seconds_count\{[^}]*\} [1-9]/);
    expect(response.body).toMatch(/signalbox_refused_requests_total\{status="400"\} [1-9]/);
    expect(response.body).toMatch(/signalbox_batch_rows_bucket/);
    expect(response.body).toMatch(/process_cpu_seconds_total/);
  });

  it('says why it is not ready', async () => {
    api.ready = false;
    expect(await get('/readyz')).toEqual({ status: 503, body: { ready: false, reasons: ['told so'] } });
    api.ready = true;
    expect(await get('/readyz')).toEqual({ status: 200, body: { ready: true, reasons: [] } });
    expect(await get('/livez')).toEqual({ status: 200, body: { live: true } });
  });
});
