import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompiledRequestView, FeatureBundle, PredictionRecord } from '@signalbox/contracts';
import { OnlineFeatureReader } from '@signalbox/serving/features';
import { runMaterializer } from '@signalbox/serving/materializer';
import { FolderBlobStore, LmdbOnlineStore, LocalEventLog } from '@signalbox/serving/stores';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { samplePredictions } from '../evidence/index.js';
import { backfill } from './backfill.js';
import { classifyValue, type ParityClass } from './classify.js';
import { checkParity, type ParityGroup } from './parity.js';
import { DAY, DAY_0, type Flight, HOUR, logEvent, MINUTE, routeDelays, snapshotOf } from './test-flights.js';

const request: CompiledRequestView = {
  kind: 'request',
  name: 'flight_request',
  digest: 'sha256:request',
  inputs: { distance: { type: 'int' } },
  features: [
    { name: 'distance', expression: 'distance' },
    { name: 'hour', expression: 'hour_of_day(at)' },
  ],
};

const [immediate, embargoed] = [routeDelays(0, 'route_delays'), routeDelays(2 * HOUR, 'settled_delays')];
const bundle: FeatureBundle = {
  schema: 'signalbox/feature-bundle/1',
  views: [request, immediate, embargoed],
  order: [request, immediate, embargoed].flatMap((view) => view.features.map(({ name }) => `${view.name}.${name}`)),
};

/** The same numbers every time (a linear congruential generator). */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function flights(count: number): Flight[] {
  const random = generator(7);
  return Array.from({ length: count }, (): Flight => {
    const eventTs = DAY_0 + Math.floor(random() * 12 * DAY);
    return {
      eventTs,
      arrivalTs: eventTs + Math.floor(random() * random() * 26 * HOUR),
      origin: random() < 0.02 ? null : ['ATL', 'ORD', "O'HARE"][Math.floor(random() * 3)]!,
      gate: random() < 0.5 ? 0 : -7,
      delay: random() < 0.05 ? null : Math.floor(random() * 1200) / 8,
    };
  }).sort((a, b) => a.arrivalTs - b.arrivalTs);
}

let folder: string;
let store: FolderBlobStore;
let log: LocalEventLog;
let group: ParityGroup;

/** Serves answers from a store that is always behind the log, sometimes by a lot. */
async function serve(events: readonly Flight[], untilUs: number, online: LmdbOnlineStore): Promise<PredictionRecord[]> {
  const random = generator(11);
  const reader = new OnlineFeatureReader(bundle, online);
  const live = events.filter((event) => event.arrivalTs > untilUs);
  const records: PredictionRecord[] = [];
  for (let from = 0; from < live.length; from += 20) {
    const part = live.slice(from, from + 20);
    await log.append('flights', part.map(logEvent));
    // The first answers come before anything of the log was read: their tokens name no partition at all.
    if (random() < 0.6 && from > 0) await runMaterializer({ log, online, once: true });
    for (let i = 0; i < 10; i++) {
      const atUs = part.at(-1)!.arrivalTs + Math.floor(random() * (random() < 0.9 ? MINUTE : 3 * DAY));
      const entities = {
        route: [['ATL', 'ORD', "O'HARE", 'NOWHERE'][Math.floor(random() * 4)]!, random() < 0.5 ? 0 : -7],
      };
      const inputs = { distance: Math.floor(random() * 3000) };
      const { values, token } = await reader.read({ entities, request: inputs, atUs });
      records.push({
        id: `p-${from}-${i}`,
        model: 'flight-delay',
        version: 1,
        package: 'sha256:package',
        serial: 1,
        atUs,
        wallMs: 0,
        role: 'champion',
        degraded: null,
        score: 0.5,
        failures: [],
        sampled: true,
        entities,
        request: inputs,
        features: Array.from(values, (value) => (Number.isNaN(value) ? null : value)),
        provided: [],
        token,
      });
    }
  }
  return records;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-parity-test-'));
  store = new FolderBlobStore(join(folder, 'store'));
  log = new LocalEventLog(join(folder, 'log'), { partitions: 2 });
  const online = new LmdbOnlineStore(join(folder, 'online'));
  const events = flights(3000);
  const untilUs = DAY_0 + 8 * DAY;
  const snapshot = await snapshotOf(
    store,
    events.filter((event) => event.arrivalTs <= untilUs),
    { untilUs, folder },
  );
  const snapshots = new Map([['flights', snapshot]]);
  await backfill({ bundle, snapshots, store, online, log });
  const records = await serve(events, untilUs, online);
  await online.close();
  group = { bundle, snapshots, records: JSON.parse(JSON.stringify(records)) as PredictionRecord[] };
}, 60_000);

afterAll(async () => {
  await log.close();
  await rm(folder, { recursive: true, force: true });
});

const countOf = (report: { classes: readonly { name: ParityClass; count: number }[] }, name: ParityClass) =>
  report.classes.find((each) => each.name === name)!.count;

describe('parity', () => {
  it('explains every difference of answers that were served behind the log', async () => {
    const report = await checkParity({ groups: [group], store, log });
    expect(report).toMatchObject({ checked: group.records.length, unexplained: 0, examples: [] });
    expect(report.values).toBe(group.records.length * bundle.order.length);
    expect(group.records.length).toBeGreaterThan(400);
    expect(countOf(report, 'freshness')).toBeGreaterThan(50);
    expect(countOf(report, 'equal')).toBeGreaterThan(50);
    expect(countOf(report, 'definition')).toBe(0);
  });

  it('finds a single value that is wrong by one unit, and shows it', async () => {
    const column = bundle.order.indexOf('route_delays.count_24h');
    const wrong = (features: PredictionRecord['features']) => features.with(column, (features[column] ?? 0) + 1);
    const records = group.records.map((record, row) =>
      row === 17 ? { ...record, features: wrong(record.features) } : record,
    );
    const report = await checkParity({ groups: [{ ...group, records }], store, log });
    expect(report.unexplained).toBe(1);
    expect(report.examples).toMatchObject([{ predictionId: records[17]!.id, feature: 'route_delays.count_24h' }]);
    expect(report.features['route_delays.count_24h']!.unexplained).toBe(1);
  });

  it('leaves out what the caller provided itself, and checks the rest of the answer', async () => {
    const [provided, other] = ['route_delays.count_24h', 'route_delays.mean_24h'];
    const wrong = group.records[17]!.features.map((value, column) =>
      [provided, other].includes(bundle.order[column]!) ? (value ?? 0) + 1_000 : value,
    );
    const record = { ...group.records[17]!, features: wrong, provided: [provided!] };
    const report = await checkParity({ groups: [{ ...group, records: [record] }], store, log });
    expect(report).toMatchObject({ checked: 1, values: bundle.order.length - 1, unexplained: 1 });
    expect(report.examples).toMatchObject([{ feature: other }]);
    const blameless = { ...group.records[17]!, features: wrong, provided: [provided!, other!] };
    expect(await checkParity({ groups: [{ ...group, records: [blameless] }], store, log })).toMatchObject({
      values: bundle.order.length - 2,
      unexplained: 0,
    });
  });

  it('finds an answer whose token promises an event more than was applied', async () => {
    const late = group.records.find(({ features, token }) => features[4]! > 0 && token.atUs > 0)!;
    const counted = { ...late, token: { ...late.token, views: {} as Record<string, Record<number, number>> } };
    for (const [digest, offsets] of Object.entries(late.token.views))
      counted.token.views[digest] = Object.fromEntries(Object.keys(offsets).map((partition) => [partition, 0]));
    const skipped = { ...counted, features: counted.features.map((value) => (value === null ? null : value + 1)) };
    const report = await checkParity({ groups: [{ ...group, records: [skipped] }], store, log });
    expect(report.unexplained).toBeGreaterThan(0);
  });

  it('says definition where the pod read another view than the package carries', async () => {
    const foreign = {
      ...group.records[0]!,
      token: { ...group.records[0]!.token, views: { 'sha256:other': { 0: 1 } } },
    };
    const report = await checkParity({ groups: [{ ...group, records: [foreign] }], store, log });
    expect(countOf(report, 'definition')).toBe(1);
  });

  it('checks nothing where nothing was logged', async () => {
    const report = await checkParity({ groups: [], store, log });
    expect(report).toMatchObject({ checked: 0, values: 0, unexplained: 0 });
  });
});

describe('the class of a value', () => {
  const value = { served: 1, asOfT: 1, asOfToken: 1, numeric: 'exact' as const, sameView: true };
  const nextFloat = 1 + 2 ** -23;
  const cases: [string, Partial<Parameters<typeof classifyValue>[0]>, ParityClass][] = [
    ['equal values', {}, 'equal'],
    ['NULL on both sides', { served: Number.NaN, asOfT: Number.NaN, asOfToken: Number.NaN }, 'equal'],
    ['the served value is the offline one rounded to 32 bits', { served: Math.fround(0.1), asOfT: 0.1 }, 'equal'],
    ['a double one unit away', { served: nextFloat, numeric: 'tolerant' }, 'float'],
    ['an integer one unit away', { served: nextFloat }, 'unexplained'],
    ['right as of the token', { served: 2, asOfToken: 2 }, 'freshness'],
    ['NULL, and right as of the token', { served: Number.NaN, asOfToken: Number.NaN }, 'freshness'],
    ['NULL where both know a value', { served: Number.NaN }, 'unexplained'],
    ['a value where both know none', { asOfT: Number.NaN, asOfToken: Number.NaN }, 'unexplained'],
    ['another view', { sameView: false }, 'definition'],
  ];
  for (const [name, change, expected] of cases)
    it(`is ${expected} for ${name}`, () => expect(classifyValue({ ...value, ...change })).toBe(expected));
});

describe('the sample of logged answers', () => {
  it('is over all pods, the same each time, counts answers without features, and leaves other models out', async () => {
    const blobs = new FolderBlobStore(join(folder, 'evidence'));
    const line = (id: string, change: object = {}) => `${JSON.stringify({ ...group.records[0]!, id, ...change })}\n`;
    const all = Array.from({ length: 40 }, (_, i) => `id-${i}`);
    await blobs.write(
      'evidence/prod/pod-1/predictions/1-1.jsonl',
      all
        .slice(0, 20)
        .map((id) => line(id))
        .join(''),
    );
    await blobs.write(
      'evidence/prod/pod-2/predictions/1-1.jsonl',
      all
        .slice(20)
        .map((id) => line(id))
        .join(''),
    );
    await blobs.write(
      'evidence/prod/pod-2/predictions/1-2.jsonl',
      line('x', { features: [] }) + line('y', { model: 'other' }),
    );
    await blobs.write('evidence/prod/pod-2/status.json', '{}');
    await blobs.write('evidence/staging/pod-1/predictions/1-1.jsonl', line('z'));
    const ask = (limit: number) => samplePredictions(blobs, { environment: 'prod', model: 'flight-delay', limit });
    const ten = await ask(10);
    expect(ten).toMatchObject({ logged: 41, withoutFeatures: 1 });
    expect((await ask(10)).sample).toEqual(ten.sample);
    expect((await ask(15)).sample.slice(0, 10)).toEqual(ten.sample);
    expect((await ask(100)).sample.map(({ id }) => id).sort()).toEqual(all.sort());
    await blobs.write('evidence/prod/pod-3/predictions/1-1.jsonl', '{"id": "cut');
    await expect(ask(1)).rejects.toMatchObject({ code: 'store/corrupt' });
  });
});
