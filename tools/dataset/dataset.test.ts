import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Entity,
  type FeatureView,
  type Model,
  parseInstantUs,
  type SignalboxError,
  type Source,
} from '@signalbox/contracts';
import { type BlobStore, blobKey, openBlobStore } from '@signalbox/serving/stores';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DuckDbValue, withDuckDb } from '../duckdb/index.js';
import { buildDataset, type DatasetRequest } from './build-dataset.js';
import { takeSnapshots } from './take-snapshots.js';

/** Ten days of made-up trips: every 7 minutes, between three places, as late as the row number says. */
const TRIPS = `SELECT TIMESTAMP '2001-01-01' + INTERVAL (i * 7) MINUTE AS at, (i * 37) % 60 - 10 AS delay, (i % 11) * 0.1 AS price,
  ['A', 'B', 'C'][1 + i % 3] AS origin, ['A', 'B', 'C'][1 + (i // 3) % 3] AS target FROM range(2057) t(i)`;

let folder: string;
let store: BlobStore;
let request: DatasetRequest;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-dataset-'));
  store = openBlobStore(join(folder, 'store'));
  await withDuckDb({ threads: 1 }, (database) =>
    database.run(`COPY (${TRIPS}) TO '${join(folder, 'trips.parquet')}' (FORMAT parquet)`),
  );
  request = await requestOf();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const column = (type: string) => ({ type, maxMissingShare: 0, severity: 'block' });
const SOURCE = {
  description: 'x',
  owner: 'x',
  data: { format: 'parquet', path: 'trips.parquet' },
  eventTime: 'at',
  observedAt: 'at + minutes(30.0 + double(greatest(delay, 0)))',
  allowedLateness: '2h',
  futureSkew: '0s',
  duplicates: 'never',
  minRows: 1,
  maxQuarantineShare: 0,
  columns: {
    at: column('timestamp'),
    delay: column('int'),
    price: column('double'),
    origin: column('string'),
    target: column('string'),
  },
} as unknown as Source;
const entity = (...names: string[]): Entity => ({
  description: 'x',
  keys: names.map((name) => ({ name, type: 'string' as const })),
});
const VIEWS: Record<string, unknown> = {
  origin: {
    kind: 'aggregate',
    description: 'x',
    entity: 'place',
    source: 'trips',
    keys: { place: 'origin' },
    mode: 'sawtooth',
    delay: '0s',
    aggregations: [
      { function: 'count', windows: ['1h', '24h'] },
      { function: 'mean', input: 'delay', windows: ['24h'] },
      { function: 'sum', input: 'price', windows: ['24h', '3d'] },
    ],
  },
  pair: {
    kind: 'aggregate',
    description: 'x',
    entity: 'pair',
    source: 'trips',
    keys: { from: 'origin', to: 'target' },
    mode: 'exact',
    delay: '10m',
    aggregations: [{ function: 'share', where: 'delay > 15', name: 'late', windows: ['90m', '3d'] }],
  },
  request: {
    kind: 'request',
    description: 'x',
    inputs: { cost: { type: 'double' } },
    features: [
      { name: 'hour', expression: 'hour_of_day(at)' },
      { name: 'dear', expression: 'cost > 0.5' },
    ],
  },
};
const MODEL = {
  label: {
    source: 'trips',
    expression: 'delay > 15',
    sample: { rows: 300, seed: 7 },
    entities: { place: { place: 'origin' }, pair: { from: 'origin', to: 'target' } },
    request: { cost: 'price' },
  },
  features: ['request', 'origin', 'pair.late_3d'],
} as unknown as Model;

async function requestOf(
  change: { label?: Partial<Model['label']>; features?: string[] } = {},
): Promise<DatasetRequest> {
  const model = {
    ...MODEL,
    ...(change.features ? { features: change.features } : {}),
    label: { ...MODEL.label, ...change.label },
  } as Model;
  const workspace = {
    sources: new Map([['trips', SOURCE]]),
    entities: new Map([
      ['place', entity('place')],
      ['pair', entity('from', 'to')],
    ]),
    views: new Map(Object.entries(VIEWS) as [string, FeatureView][]),
    models: new Map([['trips', model]]),
  };
  const ingest = {
    repo: folder,
    workspace,
    untilUs: parseInstantUs('2001-02-01'),
    store,
    cacheFolder: join(folder, 'cache'),
  };
  const snapshots = await takeSnapshots(ingest, {
    bundle: { schema: 'signalbox/feature-bundle/1', views: [], order: [] },
    also: ['trips'],
  });
  return {
    workspace,
    model: 'trips',
    snapshots,
    fromUs: parseInstantUs('2001-01-05'),
    toUs: parseInstantUs('2001-01-09'),
    store,
    cacheFolder: join(folder, 'cache'),
  };
}

let caches = 0;
/** Never the cached answer. */
const fresh = (from: DatasetRequest): DatasetRequest => ({ ...from, cacheFolder: join(folder, `cache-${++caches}`) });

async function rowsOf(digest: string, query = 'SELECT * FROM file'): Promise<Record<string, DuckDbValue>[]> {
  const path = await store.localPath(blobKey(digest));
  return withDuckDb({ threads: 1 }, (database) =>
    database.rows<Record<string, DuckDbValue>>(query.replace('file', `read_parquet('${path}')`)),
  );
}

const refusal = async (work: Promise<unknown>): Promise<SignalboxError> => {
  try {
    await work;
  } catch (error) {
    return error as SignalboxError;
  }
  throw new Error('it was accepted');
};

describe('a dataset', () => {
  it('has its columns in the order that trainers and evaluation read', async () => {
    const { dataset } = await buildDataset(request);
    const [row] = await rowsOf(dataset.file.digest);
    expect(Object.keys(row!)).toEqual([
      'label_id',
      'at_us',
      'known_at_us',
      'origin',
      'target',
      'price',
      'request.hour',
      'request.dear',
      'origin.count_1h',
      'origin.count_24h',
      'origin.delay_mean_24h',
      'origin.price_sum_24h',
      'origin.price_sum_3d',
      'pair.late_3d',
      'label',
      'at',
      'delay',
    ]);
  });

  it('has the declared sample, its labels, and when they were known, in order of time', async () => {
    const { dataset } = await buildDataset(request);
    expect(dataset.rows).toBe(300);
    const rows = await rowsOf(dataset.file.digest);
    expect(rows.filter(({ label }) => label === 1)).toHaveLength(dataset.positives);
    for (const [index, row] of rows.entries()) {
      expect(row.label).toBe(Number((row.delay as number) > 15));
      expect(row.known_at_us).toBe((row.at_us as number) + 60e6 * (30 + Math.max(0, row.delay as number)));
      expect(row.at_us as number).toBeGreaterThanOrEqual((rows[index - 1]?.at_us as number) ?? request.fromUs);
      expect(row.at_us as number).toBeLessThan(request.toUs);
    }
  });

  it('holds what a plain count over the trips says, and nothing that was not known', async () => {
    const { dataset } = await buildDataset(request);
    const trips = await withDuckDb({ threads: 1 }, (database) =>
      database.rows<{ at: number; delay: number; price: number; origin: string; target: string }>(
        `SELECT * REPLACE (epoch_us("at") AS "at", CAST(price AS DOUBLE) AS price) FROM (${TRIPS})`,
      ),
    );
    for (const row of await rowsOf(dataset.file.digest)) {
      const at = row.at_us as number;
      const known = trips.filter((trip) => trip.at < at && trip.at + 60e6 * (30 + Math.max(0, trip.delay)) <= at);
      const hour = 3600e6;
      const day = known.filter(
        (trip) => trip.origin === row.origin && trip.at >= Math.floor((at - 24 * hour) / hour) * hour,
      );
      expect(row['origin.count_24h']).toBe(day.length);
      expect(row['origin.delay_mean_24h']).toBe(day.reduce((sum, trip) => sum + trip.delay, 0) / day.length);
      const embargo = at - 600e6;
      const pair = known.filter(
        (trip) =>
          trip.origin === row.origin &&
          trip.target === row.target &&
          trip.at < embargo &&
          trip.at >= embargo - 72 * hour,
      );
      expect(row['pair.late_3d']).toBe(
        pair.length === 0 ? null : pair.filter((trip) => trip.delay > 15).length / pair.length,
      );
      expect(row['request.hour']).toBe(new Date(at / 1000).getUTCHours());
      expect(row['request.dear']).toBe(Number((row.price as number) > 0.5));
    }
  });

  it('has the labels from the first moment of its period to the last before its end', async () => {
    const all = await requestOf({ label: { sample: { rows: 10_000, seed: 0 } }, features: ['request'] });
    const trip = (index: number): number => parseInstantUs('2001-01-01') + index * 7 * 60e6;
    const { dataset } = await buildDataset({ ...all, fromUs: trip(100), toUs: trip(110) });
    const ids = (await rowsOf(dataset.file.digest)).map(({ label_id }) => label_id);
    expect(ids).toEqual([100, 101, 102, 103, 104, 105, 106, 107, 108, 109]);
  });

  it('has the same bytes in every run, whatever the threads, sums of doubles included', async () => {
    const digests = new Set<string>();
    for (const threads of [1, 2, 2])
      digests.add((await buildDataset({ ...fresh(request), threads })).dataset.file.digest);
    expect(digests.size).toBe(1);
  });

  it('has the same values by either plan', async () => {
    const exact = await requestOf({
      features: ['origin.count_1h', 'origin.count_24h', 'origin.delay_mean_24h', 'pair'],
    });
    const tiles = await buildDataset({ ...fresh(exact), plan: 'tiles' });
    const range = await buildDataset({ ...fresh(exact), plan: 'range' });
    expect(tiles.dataset.file.digest).toBe(range.dataset.file.digest);
  });

  it('is looked up when nothing changed, and made again when its file is gone', async () => {
    const first = await buildDataset(request);
    expect(await buildDataset(request)).toMatchObject({ cached: true, digest: first.digest });
    await store.remove(blobKey(first.dataset.file.digest));
    expect(await buildDataset(request)).toMatchObject({ cached: false, digest: first.digest });
  });

  it('leaves nothing behind in the cache folder', async () => {
    const { cacheFolder } = fresh(request);
    await buildDataset({ ...request, cacheFolder });
    const left = await withDuckDb({ threads: 1 }, (database) => database.rows(`FROM glob('${cacheFolder}/tmp/**')`));
    expect(left).toEqual([]);
  });
});

describe('a sample', () => {
  const sampled = async (rows: number, seed: number): Promise<Set<DuckDbValue>> => {
    const built = await buildDataset(await requestOf({ label: { sample: { rows, seed } }, features: ['request'] }));
    return new Set((await rowsOf(built.dataset.file.digest)).map(({ label_id }) => label_id!));
  };

  it('of more rows holds the one of fewer', async () => {
    const [few, many] = [await sampled(100, 7), await sampled(200, 7)];
    expect([...few].filter((id) => !many.has(id))).toEqual([]);
  });

  it('differs with the seed', async () => {
    const [one, other] = [await sampled(200, 7), await sampled(200, 8)];
    const shared = [...one].filter((id) => other.has(id)).length;
    // Of 822 rows, 200 at random share about 49 with another 200; 5 standard deviations are 30.
    expect(shared).toBeGreaterThan(19);
    expect(shared).toBeLessThan(79);
  });

  it('spreads evenly over the hours of the day', async () => {
    const built = await buildDataset(
      await requestOf({ label: { sample: { rows: 400, seed: 1 } }, features: ['request'] }),
    );
    const hours = await rowsOf(built.dataset.file.digest, 'SELECT count(*) AS n FROM file GROUP BY "request.hour"');
    expect(hours).toHaveLength(24);
    const squares = hours.reduce((sum, { n }) => sum + ((n as number) - 400 / 24) ** 2 / (400 / 24), 0);
    // Chi-square with 23 degrees of freedom: 49.7 is exceeded once in a thousand even samples (fewer here: drawn without replacement).
    expect(squares).toBeLessThan(49.7);
  });
});

describe('a dataset that cannot be built', () => {
  it('says that its source has no snapshot', async () => {
    const error = await refusal(buildDataset({ ...fresh(request), snapshots: new Map() }));
    expect(error.message).toBe("the dataset needs a snapshot of the source 'trips'");
  });

  it('says that the period has no label', async () => {
    const later = { fromUs: parseInstantUs('2003-01-01'), toUs: parseInstantUs('2003-02-01') };
    const error = await refusal(buildDataset({ ...fresh(request), ...later }));
    expect(error.message).toBe("the model 'trips' has no label between 2003-01-01 and 2003-02-01");
  });

  it('says which key of which entity has no column', async () => {
    const error = await refusal(
      buildDataset(fresh(await requestOf({ label: { entities: { place: { place: 'origin' } } } }))),
    );
    expect(error.message).toBe("the label maps no column to the key 'from' of the entity 'pair'");
  });
});
