import { join } from 'node:path';
import {
  type CompiledAggregateView,
  type FeatureBundle,
  hopOfWindow,
  quoteText,
  type SnapshotRecord,
} from '@signalbox/contracts';
import type { BlobStore, NewEvent } from '@signalbox/serving/stores';
import { withDuckDb } from '../duckdb/index.js';
import { putFileBlob } from '../ingest/index.js';

/** A small source of flights for the tests of this folder: a view over it, its events, and a snapshot of them. */
export const [MINUTE, HOUR, DAY] = [60e6, 3600e6, 86400e6] as const;
export const DAY_0 = 11_000 * DAY;

export const routeDelays = (delayUs: number, name = 'route_delays'): CompiledAggregateView => ({
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

/** A bundle of one view. */
export const bundleOf = (only: CompiledAggregateView): FeatureBundle => ({
  schema: 'signalbox/feature-bundle/1',
  views: [only],
  order: only.features.map((feature) => `${only.name}.${feature.name}`),
});

export interface Flight {
  readonly eventTs: number;
  readonly arrivalTs: number;
  readonly origin: string | null;
  readonly gate: number;
  readonly delay: number | null;
}

export const logEvent = ({ eventTs, arrivalTs, origin, gate, delay }: Flight): NewEvent => ({
  eventTs,
  arrivalTs,
  key: `${origin}`,
  row: { date: eventTs, delay, origin, gate },
});

/** A snapshot whose file lies in `store`; `folder` is for its making. */
export async function snapshotOf(
  store: BlobStore,
  events: readonly Flight[],
  { untilUs, folder }: { readonly untilUs: number; readonly folder: string },
): Promise<SnapshotRecord> {
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
