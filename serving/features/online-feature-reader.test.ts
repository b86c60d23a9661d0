import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompiledAggregateView, encodeEntityKey, type FeatureBundle, hopOfWindow } from '@signalbox/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LmdbOnlineStore, type OnlineStore } from '../stores/index.js';
import {
  advance,
  applyEvent,
  decodeEntity,
  emptyEntity,
  encodeEntity,
  layoutOfView,
  OnlineFeatureReader,
  readView,
} from './index.js';

const [HOUR, DAY] = [3600e6, 86400e6];
const NOON = 12_000 * DAY + DAY / 2;

const delays: CompiledAggregateView = {
  kind: 'aggregate',
  name: 'origin_delays',
  digest: 'sha256:delays',
  entity: {
    name: 'gate',
    keys: [
      { name: 'origin', type: 'string' },
      { name: 'number', type: 'int' },
    ],
  },
  keyColumns: ['origin', 'gate'],
  source: {
    name: 'flights',
    columns: { date: 'timestamp', delay: 'int', origin: 'string', gate: 'int' },
    eventTime: 'date',
    allowedLatenessUs: DAY,
    futureSkewUs: 0,
  },
  mode: 'sawtooth',
  delayUs: HOUR,
  slots: [
    { op: 'count', input: null },
    { op: 'sum', input: 'delay' },
    { op: 'count', input: 'delay' },
  ],
  features: [
    { name: 'count_6h', function: 'count', windowUs: 6 * HOUR, hopUs: hopOfWindow(6 * HOUR), slots: [0] },
    { name: 'mean_6h', function: 'mean', windowUs: 6 * HOUR, hopUs: hopOfWindow(6 * HOUR), slots: [1, 2] },
    { name: 'count_7d', function: 'count', windowUs: 7 * DAY, hopUs: hopOfWindow(7 * DAY), slots: [0] },
  ],
};

const bundle: FeatureBundle = {
  schema: 'signalbox/feature-bundle/1',
  views: [
    {
      kind: 'request',
      name: 'flight',
      digest: 'sha256:flight',
      inputs: { distance: { type: 'int' }, heavy: { type: 'bool' } },
      features: [
        { name: 'far', expression: 'distance > 1000' },
        { name: 'hour', expression: 'hour_of_day(at)' },
        { name: 'unused', expression: 'distance' },
      ],
    },
    delays,
  ],
  order: ['origin_delays.mean_6h', 'flight.far', 'origin_delays.count_7d', 'flight.hour'],
};

const layout = layoutOfView(delays);
const ATL = ['ATL', 7] as const;
const ask = { entities: { gate: ATL }, request: { distance: 2000, heavy: false }, atUs: NOON };

/** A value with events of a delay each, applied at the given watermark. */
function encodedWith(events: readonly (readonly [eventTs: number, delay: number])[], watermarkUs: number): Uint8Array {
  const entity = emptyEntity(layout);
  advance(layout, entity, watermarkUs);
  for (const [eventTs, delay] of events) applyEvent(layout, entity, { eventTs, slots: Float64Array.of(1, delay, 1) });
  return encodeEntity(entity);
}

let folder: string;
let online: LmdbOnlineStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-reader-'));
  online = new LmdbOnlineStore(folder);
});
afterEach(async () => {
  await online.close();
  await rm(folder, { recursive: true, force: true });
});

async function hold(value: Uint8Array): Promise<void> {
  await online.registerView(delays, {});
  const writes = [{ entityKey: encodeEntityKey(ATL), value }];
  await online.commit({ view: delays.digest, writes, from: {}, offsets: { 0: 9 } });
}

const plain = (values: Float32Array) => Array.from(values, (value) => (Number.isNaN(value) ? null : value));

describe('the online feature reader', () => {
  it('answers values in bundle order with status, age and token', async () => {
    await hold(
      encodedWith(
        [
          [NOON - 2 * HOUR, 10],
          [NOON - 3 * DAY, 99],
        ],
        NOON,
      ),
    );
    const vector = await new OnlineFeatureReader(bundle, online).read(ask);
    expect(plain(vector.values)).toEqual([10, 1, 2, 12]);
    expect(vector.statuses).toEqual(['PRESENT', 'PRESENT', 'PRESENT', 'PRESENT']);
    expect(vector.agesUs).toEqual([2 * HOUR, 0, 2 * HOUR, 0]);
    expect(vector.token).toEqual({ atUs: NOON, views: { 'sha256:delays': { 0: 9 } } });
    expect(vector.complete).toBe(true);
  });

  it('sees a pending event only once its embargo is over, and not one that happened at its very end', async () => {
    await hold(
      encodedWith(
        [
          [NOON - HOUR, 10],
          [NOON - 1, 50],
        ],
        NOON,
      ),
    );
    const reader = new OnlineFeatureReader(bundle, online);
    const mean = async (atUs: number) => plain((await reader.read({ ...ask, atUs })).values)[0];
    expect(await mean(NOON)).toBeNull();
    expect(await mean(NOON + 1)).toBe(10);
    expect(await mean(NOON + HOUR - 1)).toBe(10);
    expect(await mean(NOON + HOUR)).toBe(30);
  });

  it('moves T up to what the store has read, and the token says so', async () => {
    await hold(encodedWith([[NOON - 2 * HOUR, 10]], NOON));
    const vector = await new OnlineFeatureReader(bundle, online).read({ ...ask, atUs: 0 });
    expect(vector.token.atUs).toBe(NOON);
    expect(plain(vector.values)).toEqual([10, 1, 1, 0]);
  });

  it('counts 0 and knows nothing else of an entity that no event had, and of one whose events are too old', async () => {
    await hold(encodedWith([[NOON - 2 * HOUR, 10]], NOON));
    const reader = new OnlineFeatureReader(bundle, online);
    const unknown = await reader.read({ ...ask, entities: { gate: ['XXX', 1] } });
    expect(plain(unknown.values)).toEqual([null, 1, 0, 12]);
    expect(unknown.statuses).toEqual(['NOT_FOUND', 'PRESENT', 'NOT_FOUND', 'PRESENT']);
    expect(unknown.agesUs[0]).toBeNaN();
    const old = await reader.read({ ...ask, atUs: NOON + 30 * DAY });
    expect(plain(old.values)).toEqual([null, 1, 0, 12]);
    expect(old.statuses).toEqual(['NULL', 'PRESENT', 'PRESENT', 'PRESENT']);
    expect(old.agesUs[0]).toBe(30 * DAY + 2 * HOUR);
  });

  it('takes what the caller provides, NULL too, and refuses names it does not have', async () => {
    await hold(encodedWith([[NOON - 2 * HOUR, 10]], NOON));
    const reader = new OnlineFeatureReader(bundle, online);
    const overrides = { 'origin_delays.mean_6h': null, 'flight.hour': 3 };
    const vector = await reader.read({ ...ask, entities: { gate: ['XXX', 1] }, overrides });
    expect(plain(vector.values)).toEqual([null, 1, 0, 3]);
    expect(vector.statuses).toEqual(['NULL', 'PRESENT', 'NOT_FOUND', 'PRESENT']);
    expect(vector.agesUs.slice(0, 2)).toEqual([0, 0]);
    const unknown = () => reader.read({ ...ask, overrides: { 'flight.unused': 1 } });
    expect(unknown).toThrowError(expect.objectContaining({ code: 'serving/bad-request' }));
  });

  it('names the entity and key that a request lacks or has of the wrong type', async () => {
    await hold(encodedWith([], NOON));
    const reader = new OnlineFeatureReader(bundle, online);
    const refusals: [Record<string, readonly (string | number)[]>, string][] = [
      [{}, 'entities.gate is missing'],
      [{ gate: ['ATL'] }, 'entities.gate has 1 keys'],
      [{ gate: ['ATL', '7'] }, 'number = "7", expected int'],
      [{ gate: [7, 7] }, 'origin = 7, expected string'],
      [{ gate: ['ATL', 7.5] }, 'number = 7.5'],
    ];
    for (const [entities, message] of refusals)
      expect(() => reader.read({ ...ask, entities })).toThrowError(
        expect.objectContaining({ code: 'serving/bad-request', message: expect.stringContaining(message) }),
      );
  });

  it('never takes a view that the store does not hold for one without events', async () => {
    const reader = new OnlineFeatureReader(bundle, online);
    expect(() => reader.read(ask)).toThrowError(expect.objectContaining({ code: 'store/unavailable' }));
    expect(await reader.missingViews()).toEqual(['origin_delays']);
    await online.registerView(delays, {});
    expect(await reader.missingViews()).toEqual([]);
    expect(plain((await reader.read(ask)).values)).toEqual([null, 1, 0, 12]);
  });

  it('gives what is known without the store, and says that it is not complete', async () => {
    const vector = new OnlineFeatureReader(bundle, online).readWithoutStore({
      ...ask,
      overrides: { 'origin_delays.count_7d': 4 },
    });
    expect(plain(vector.values)).toEqual([null, 1, 4, 12]);
    expect(vector.statuses).toEqual(['NULL', 'PRESENT', 'PRESENT', 'PRESENT']);
    expect(vector).toMatchObject({ complete: false, token: { atUs: NOON, views: {} } });
  });

  it('reads from a store that answers later as from one that answers at once', async () => {
    await hold(encodedWith([[NOON - 2 * HOUR, 10]], NOON));
    const remote: OnlineStore = Object.assign(Object.create(online) as OnlineStore, {
      // A network client gives bytes at any offset of its buffer.
      read: async (keys: Parameters<OnlineStore['read']>[0]) => {
        const { values, offsets } = online.read(keys);
        return {
          values: values.map((value) => value && Buffer.concat([Buffer.from('x'), value]).subarray(1)),
          offsets,
        };
      },
    });
    const vector = await new OnlineFeatureReader(bundle, remote).read(ask);
    expect(plain(vector.values)).toEqual([10, 1, 1, 12]);
  });

  it('refuses a damaged value, an exact view, and a bundle that orders what no view has', async () => {
    await hold(encodedWith([[NOON, 1]], NOON).subarray(8));
    const reader = new OnlineFeatureReader(bundle, online);
    expect(() => reader.read(ask)).toThrowError(expect.objectContaining({ code: 'store/corrupt' }));
    const exact = { ...bundle, views: [bundle.views[0]!, { ...delays, mode: 'exact' as const }] };
    expect(() => new OnlineFeatureReader(exact, online)).toThrowError(/exact/);
    expect(() => new OnlineFeatureReader({ ...bundle, order: ['nowhere.x'] }, online)).toThrowError(/nowhere\.x/);
  });

  it('reads all features of a view for people', async () => {
    await hold(encodedWith([[NOON - 2 * HOUR, 10]], NOON));
    expect(await readView(online, delays, { entity: ATL, atUs: NOON })).toEqual({
      view: 'origin_delays',
      digest: 'sha256:delays',
      entity: ATL,
      atUs: NOON,
      found: true,
      ageUs: 2 * HOUR,
      offsets: { 0: 9 },
      features: {
        count_6h: { value: 1, status: 'PRESENT' },
        mean_6h: { value: 10, status: 'PRESENT' },
        count_7d: { value: 1, status: 'PRESENT' },
      },
    });
    const unknown = await readView(online, delays, { entity: ['XXX', 1], atUs: NOON });
    expect(unknown).toMatchObject({
      found: false,
      ageUs: null,
      features: { count_6h: { value: 0, status: 'NOT_FOUND' } },
    });
    const other = readView(online, { ...delays, digest: 'sha256:other' }, { entity: ATL, atUs: NOON });
    await expect(other).rejects.toMatchObject({ code: 'input/unknown-reference' });
  });
});

describe('an online value', () => {
  const settledRows = (value: Uint8Array) => decodeEntity(layout, value).levels.map(({ count }) => count);

  it('keeps an event pending until its embargo is over to the microsecond', () => {
    const entity = emptyEntity(layout);
    advance(layout, entity, NOON);
    applyEvent(layout, entity, { eventTs: NOON, slots: Float64Array.of(1, 5, 1) });
    for (const [watermarkUs, pending] of [
      [NOON + HOUR - 1, 1],
      [NOON + HOUR, 1],
      [NOON + HOUR + 1, 0],
    ] as const) {
      advance(layout, entity, watermarkUs);
      expect(entity.pending.count).toBe(pending);
    }
    expect(settledRows(encodeEntity(entity))).toEqual([1, 1]);
  });

  it('merges events of one tile into one row, in any order, and keeps rows in order', () => {
    const [early, late] = [NOON - 3 * HOUR, NOON - 2 * HOUR];
    const events = [late, early, late + 1, early + 1].map((eventTs) => [eventTs, 4] as const);
    const { levels } = decodeEntity(layout, encodedWith(events, NOON));
    expect(levels.map(({ count }) => count)).toEqual([2, 2]);
    expect(levels.map((level) => [level.startAt(0), level.startAt(1)])).toEqual([
      [early, late],
      [early, late],
    ]);
    expect([...levels[1]!.slotsAt(0)]).toEqual([2, 8, 2]);
  });

  it('counts a pending event at the very start of a window, and not one before it', async () => {
    // The store has read nothing since noon: at seven in the evening the embargo is over and the window of 6 h starts at noon.
    await hold(
      encodedWith(
        [
          [NOON, 10],
          [NOON - 1, 50],
        ],
        NOON,
      ),
    );
    const vector = await new OnlineFeatureReader(bundle, online).read({ ...ask, atUs: NOON + 7 * HOUR });
    expect(plain(vector.values)[0]).toBe(10);
  });

  it('comes back from its bytes as it was, empty too', () => {
    for (const value of [
      encodedWith([], NOON),
      encodedWith(
        [
          [NOON - 9 * HOUR, 1],
          [NOON - HOUR, 2],
          [NOON, 3],
        ],
        NOON,
      ),
    ])
      expect(encodeEntity(decodeEntity(layout, value))).toEqual(value);
  });
});
