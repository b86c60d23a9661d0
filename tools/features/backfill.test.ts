import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CompiledAggregateView,
  type FeatureBundle,
  hopOfWindow,
  quoteText,
  type SnapshotRecord,
} from '@signalbox/contracts';
import { OnlineFeatureReader } from '@signalbox/serving/features';
import { runMaterializer } from '@signalbox/serving/materializer';
import { FolderBlobStore, LmdbOnlineStore, LocalEventLog, type NewEvent } from '@signalbox/serving/stores';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withDuckDb } from '../duckdb/index.js';
import { putFileBlob } from '../ingest/index.js';
import { backfill } from './backfill.js';

const [MINUTE, HOUR, DAY] = [60e6, 3600e6, 86400e6];
const DAY_0 = 11_000 * DAY;

const view = (delayUs: number, name = 'route_delays'): CompiledAggregateView => ({
  kind: 'aggregate',
  name,
  digest: `sha256:${name}-${delayUs}`,
  entity: {
    name: 'route',
    keys: [
      { name: 'origin', type: 'string' },
      { name: 'gate', type: 'int' },
    ],
  },
  keyColumns: ['origin', 'gate'],
  source: {
    name: 'flights',
    columns: { date: 'timestamp', delay: 'double', origin: 'string', gate: 'int' },
    eventTime: 'date',
    allowedLatenessUs: DAY,
    futureSkewUs: MINUTE,
  },
  mode: 'sawtooth',
  delayUs,
  slots: [
    { op: 'count', input: null },
    { op: 'sum', input: 'delay' },
    { op: 'count', input: 'delay' },
    { op: 'min', input: 'delay' },
    { op: 'max', input: 'delay' },
    { op: 'sum', input: 'delay > 15.0' },
    { op: 'count', input: 'delay > 15.0' },
  ],
  features: [HOUR, DAY, 7 * DAY].flatMap((windowUs) =>
    (
      [
        ['count', [0]],
        ['mean', [1, 2]],
        ['min', [3]],
        ['max', [4]],
        ['share', [5, 6]],
      ] as const
    ).map(([fn, slots]) => ({
      name: `${fn}_${windowUs / HOUR}h`,
      function: fn,
      windowUs,
      hopUs: hopOfWindow(windowUs),
      slots,
    })),
  ),
});

const bundleOf = (only: CompiledAggregateView): FeatureBundle => ({
  schema: 'signalbox/feature-bundle/1',
  views: [only],
  order: only.features.map((feature) => `${only.name}.${feature.name}`),
});

interface Event {
  readonly eventTs: number;
  readonly arrivalTs: number;
  readonly origin: string | null;
  readonly gate: number;
  readonly delay: number | null;
}

const history = fc
  .array(
    fc.record({
      eventTs: fc
        .tuple(fc.integer({ min: 0, max: 9 * 24 }), fc.integer({ min: 0, max: 12 }), fc.constantFrom(-1, 0, 1))
        .map(([hours, hops, edge]) => DAY_0 + hours * HOUR + hops * 5 * MINUTE + edge),
      lateness: fc.constantFrom(0, 1, HOUR, DAY, DAY + 1, -MINUTE, -MINUTE - 1),
      origin: fc.constantFrom('ATL', 'ORD', "O'HARE", null),
      gate: fc.constantFrom(0, -7),
      delay: fc.option(
        fc.integer({ min: -40, max: 400 }).map((n) => n / 4),
        { nil: null },
      ),
    }),
    { minLength: 1, maxLength: 80 },
  )
  .map((events) =>
    events
      .map((event): Event => ({ ...event, arrivalTs: event.eventTs + event.lateness }))
      .sort((a, b) => a.arrivalTs - b.arrivalTs),
  );

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-backfill-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const logEvent = ({ eventTs, arrivalTs, origin, gate, delay }: Event): NewEvent => ({
  eventTs,
  arrivalTs,
  key: `${origin}`,
  row: { date: eventTs, delay, origin, gate },
});

async function snapshotOf(store: FolderBlobStore, events: readonly Event[], untilUs: number): Promise<SnapshotRecord> {
  const path = join(folder, 'snapshot.parquet');
  const value = (each: string | number | null) =>
    each === null ? 'NULL' : typeof each === 'string' ? quoteText(each) : String(each);
  const rows = events.map(
    (event) =>
      `(${[event.eventTs, event.delay, event.origin, event.gate, event.eventTs, event.arrivalTs].map(value).join(', ')})`,
  );
  await withDuckDb({ threads: 1 }, (database) =>
    database.run(`COPY (SELECT date::BIGINT AS date, delay::DOUBLE AS delay, origin::VARCHAR AS origin, gate::BIGINT AS gate,
      event_ts::BIGINT AS event_ts, arrival_ts::BIGINT AS arrival_ts
      FROM (VALUES ${[...rows, '(0, 0, NULL, 0, 0, 0)'].join(', ')}) AS t(date, delay, origin, gate, event_ts, arrival_ts))
      TO ${quoteText(path)} (FORMAT parquet)`),
  );
  const blob = await putFileBlob(store, path);
  return {
    schema: 'signalbox/snapshot/1',
    source: 'flights',
    definition: 'sha256:x',
    untilUs,
    rows: events.length,
    quarantined: 0,
    late: 0,
    files: [{ ...blob, month: '2000-02', rows: events.length }],
    checks: [],
    quarantine: null,
  };
}

async function vectors(online: LmdbOnlineStore, of: CompiledAggregateView, atUs: number) {
  const reader = new OnlineFeatureReader(bundleOf(of), online);
  const found: Record<string, (number | null)[]> = {};
  for (const origin of ['ATL', 'ORD', "O'HARE", 'NOWHERE'])
    for (const gate of [0, -7]) {
      const { values } = await reader.read({ entities: { route: [origin, gate] }, request: {}, atUs });
      found[`${origin} ${gate}`] = Array.from(values, (value) => (Number.isNaN(value) ? null : value));
    }
  return found;
}

describe('a backfill', () => {
  it('from a snapshot at any moment, followed by the log from there, equals reading all of the log', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.record({
          delayUs: fc.constantFrom(0, 1, 2 * HOUR),
          cut: fc.double({ min: 0, max: 1, noNaN: true }),
          ahead: fc.constantFrom(0, 1, 10 * MINUTE, 3 * DAY),
        }),
        async (events, { delayUs, cut, ahead }) => {
          const at = await mkdtemp(join(folder, 'case-'));
          const store = new FolderBlobStore(join(at, 'store'));
          const log = new LocalEventLog(join(at, 'log'));
          const filled = new LmdbOnlineStore(join(at, 'filled'));
          const streamed = new LmdbOnlineStore(join(at, 'streamed'));
          try {
            const [first, last] = [events[0]!.arrivalTs, events.at(-1)!.arrivalTs];
            const untilUs = Math.floor(first + cut * (last - first));
            const only = view(delayUs);
            await log.append('flights', events.map(logEvent));
            const snapshot = await snapshotOf(store, events, untilUs);
            const snapshots = new Map([['flights', snapshot]]);
            const request = { bundle: bundleOf(only), snapshots, store, online: filled, log };
            await backfill(request);
            await streamed.registerView(only, {});
            await runMaterializer({ log, online: streamed, once: true });
            const atUs = last + ahead;
            await runMaterializer({ log, online: filled, once: true });
            expect(await vectors(filled, only, atUs)).toEqual(await vectors(streamed, only, atUs));
            expect((await backfill(request)).map(({ kept }) => kept)).toEqual([true]);
          } finally {
            await log.close();
            await filled.close();
            await streamed.close();
            await rm(at, { recursive: true, force: true });
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);

  it('refuses an exact view and a source without a snapshot before it writes anything', async () => {
    const online = new LmdbOnlineStore(join(folder, 'online'));
    const log = new LocalEventLog(join(folder, 'log'));
    const store = new FolderBlobStore(join(folder, 'store'));
    try {
      const views = [view(0, 'good'), { ...view(0, 'exact_view'), mode: 'exact' as const }];
      const exact = backfill({ bundle: { views }, snapshots: new Map(), store, online, log });
      await expect(exact).rejects.toMatchObject({
        code: 'input/invalid-documents',
        message: expect.stringContaining('exact_view'),
      });
      const missing = backfill({ bundle: { views: views.slice(0, 1) }, snapshots: new Map(), store, online, log });
      await expect(missing).rejects.toMatchObject({ code: 'input/unknown-reference' });
      expect(await online.registeredViews()).toEqual([]);
    } finally {
      await log.close();
      await online.close();
    }
  });
});
