import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SnapshotInputs, Source } from '@signalbox/contracts';
import { type BlobStore, openBlobStore } from '@signalbox/serving/stores';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ingestSource } from './ingest-source.js';
import { snapshotInputsPrefix } from './snapshot-inputs.js';

let folder: string;
let store: BlobStore;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-inputs-'));
  store = openBlobStore(join(folder, 'store'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const source = (path: string): Source => ({
  description: 'Trips',
  owner: 'data',
  data: { format: 'csv', path },
  columns: { at: { type: 'timestamp', maxMissingShare: 0, severity: 'block' } },
  eventTime: 'at',
  allowedLateness: '1h',
  futureSkew: '0s',
  duplicates: 'never',
  minRows: 1,
  maxQuarantineShare: 0,
});

async function snapshotOf(path: string): Promise<string> {
  const { digest } = await ingestSource({
    repo: folder,
    workspace: { sources: new Map([['trips', source(path)]]) },
    source: 'trips',
    untilUs: Date.UTC(2002, 0, 1) * 1000,
    store,
    cacheFolder: join(folder, 'cache'),
  });
  return digest;
}

async function inputsOf(snapshot: string): Promise<SnapshotInputs[]> {
  const found: SnapshotInputs[] = [];
  for await (const { key } of store.list(snapshotInputsPrefix(snapshot))) {
    found.push(JSON.parse(Buffer.from((await store.read(key))!.bytes).toString('utf8')));
  }
  return found;
}

const rows = (...times: string[]) => ['at', ...times, ''].join('\n');

it('keeps which file gave a snapshot, once however often it is taken', async () => {
  await writeFile(join(folder, 'trips.csv'), rows('2001-01-01 00:00:00'));
  const snapshot = await snapshotOf('trips.csv');
  await snapshotOf('trips.csv');
  expect(await inputsOf(snapshot)).toMatchObject([
    { source: 'trips', snapshot, files: [{ path: 'trips.csv', sizeBytes: 23 }] },
  ]);
});

it('keeps both where another file gave the same rows', async () => {
  await writeFile(join(folder, 'trips.csv'), rows('2001-01-01 00:00:00'));
  const snapshot = await snapshotOf('trips.csv');
  await writeFile(join(folder, 'trips.csv'), rows('2001-01-01 00:00:00', '2031-01-01 00:00:00'));
  expect(await snapshotOf('trips.csv')).toBe(snapshot);
  const digests = (await inputsOf(snapshot)).flatMap(({ files }) => files.map(({ digest }) => digest));
  expect(new Set(digests).size).toBe(2);
});

it('names each file of a pattern by its own path', async () => {
  await writeFile(join(folder, 'a.csv'), rows('2001-01-01 00:00:00'));
  await writeFile(join(folder, 'b.csv'), rows('2001-01-02 00:00:00'));
  const [inputs] = await inputsOf(await snapshotOf('*.csv'));
  expect(inputs!.files.map(({ path }) => path)).toEqual(['a.csv', 'b.csv']);
});
