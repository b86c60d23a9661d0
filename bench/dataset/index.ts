import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileBundle, parseInstantUs, quoteText } from '@signalbox/contracts';
import { type BlobStore, blobKey, openBlobStore } from '@signalbox/serving/stores';
import { buildDataset } from '@signalbox/tools/dataset';
import { withDuckDb } from '@signalbox/tools/duckdb';
import { ingestSource } from '@signalbox/tools/ingest';
import { loadWorkspace } from '@signalbox/tools/validate';
import type { Benchmark, BenchmarkContext, Comparison } from '../benchmark.js';
import { median, spread } from '../median.js';

const DEFINITIONS = fileURLToPath(new URL('definitions', import.meta.url));
const HAND_WRITTEN = fileURLToPath(new URL('hand-written.sql', import.meta.url));
const ROUNDS = 5;
const GOAL = 0.8;
const FROM_US = parseInstantUs('2001-01-01');
const TO_US = parseInstantUs('2001-07-01');
/** After the last flight was observed, so that both sides see all of them. */
const UNTIL_US = parseInstantUs('2001-08-01');

interface Round {
  readonly seconds: number;
  /** Parquet of the values, for the comparison. */
  readonly path: string;
}

/**
 * Ours reads and checks the definitions, compiles, samples the labels, reads the snapshot, computes, sorts, writes and hashes the Parquet file. Theirs goes from
 * tables in memory to a table in memory, by bench/dataset/hand-written.sql. After each round all values are compared, and must be equal.
 */
export const datasetBenchmark: Benchmark = {
  name: 'dataset',
  summary:
    'a million labels with 12 exact leak-proof windows over three million flights: from definitions, against hand-written SQL',
  async run(context): Promise<readonly Comparison[]> {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-bench-'));
    try {
      return await compare(folder, context);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

async function compare(folder: string, { progress, signal }: BenchmarkContext): Promise<readonly Comparison[]> {
  const store = openBlobStore(join(folder, 'store'));
  const events = await snapshot(folder, store);
  progress('dataset: snapshot taken');
  let ours = await ourRound(folder, store);
  const labels = join(folder, 'labels.parquet');
  await copyTo(labels, `SELECT label_id, origin AS key, at_us AS t FROM read_parquet(${quoteText(ours.path)})`);
  const oursSeconds: number[] = [];
  const theirsSeconds: number[] = [];
  for (let round = 1; round <= ROUNDS && !signal.aborted; round++) {
    const theirs = await theirRound(folder, { events, labels });
    ours = await ourRound(folder, store);
    await assertEqual(ours.path, theirs.path);
    oursSeconds.push(ours.seconds);
    theirsSeconds.push(theirs.seconds);
    const seconds = `ours ${ours.seconds.toFixed(2)} s, theirs ${theirs.seconds.toFixed(2)} s`;
    progress(`dataset: round ${round} of ${ROUNDS}: ${seconds}, all 12 million values equal`);
  }
  if (oursSeconds.length === 0) return [];
  progress(`dataset: ours ${spread(oursSeconds)} s, theirs ${spread(theirsSeconds)} s`);
  const [a, b] = [median(oursSeconds), median(theirsSeconds)];
  return [{ name: 'dataset', opponent: 'DuckDB', ratio: b / a, goal: GOAL, ours: a, theirs: b, unit: 's' }];
}

/** The checked offline copy of the events; not part of either time. */
async function snapshot(folder: string, store: BlobStore): Promise<string[]> {
  const { snapshot: taken } = await ingest(folder, store);
  return Promise.all(taken.files.map(({ digest }) => store.localPath(blobKey(digest))));
}

async function ingest(folder: string, store: BlobStore) {
  const workspace = await loadWorkspace(DEFINITIONS);
  const cacheFolder = join(folder, 'cache');
  return ingestSource({ repo: DEFINITIONS, workspace, source: 'flights', untilUs: UNTIL_US, store, cacheFolder });
}

async function ourRound(folder: string, store: BlobStore): Promise<Round> {
  const taken = await ingest(folder, store);
  const cacheFolder = await mkdtemp(join(folder, 'round-'));
  const start = performance.now();
  const workspace = await loadWorkspace(DEFINITIONS);
  compileBundle(workspace, 'delay');
  const snapshots = new Map([['flights', taken]]);
  const built = await buildDataset({
    workspace,
    model: 'delay',
    snapshots,
    fromUs: FROM_US,
    toUs: TO_US,
    store,
    cacheFolder,
  });
  const seconds = (performance.now() - start) / 1000;
  const key = blobKey(built.dataset.file.digest);
  const path = join(folder, 'ours.parquet');
  await copyTo(path, `FROM read_parquet(${quoteText(await store.localPath(key))})`);
  // Gone again, so that each round writes it.
  await store.remove(key);
  return { seconds, path };
}

async function theirRound(
  folder: string,
  { events, labels }: { events: readonly string[]; labels: string },
): Promise<Round> {
  const statements = (await readFile(HAND_WRITTEN, 'utf8'))
    .replaceAll(/--.*$/gm, '')
    .split(';')
    .filter((text) => text.trim() !== '');
  const path = join(folder, 'theirs.parquet');
  return withDuckDb({}, async (database) => {
    const files = events.map(quoteText).join(', ');
    await database.run(
      `CREATE TABLE events AS SELECT event_seq AS event_id, origin AS key, destination, event_ts, arrival_ts, delay FROM read_parquet([${files}])`,
    );
    await database.run(`CREATE TABLE labels AS FROM read_parquet(${quoteText(labels)})`);
    const start = performance.now();
    for (const statement of statements) await database.run(statement);
    const seconds = (performance.now() - start) / 1000;
    await database.run(`COPY result TO ${quoteText(path)} (FORMAT parquet)`);
    return { seconds, path };
  });
}

async function copyTo(path: string, query: string): Promise<void> {
  await withDuckDb({}, (database) => database.run(`COPY (${query}) TO ${quoteText(path)} (FORMAT parquet)`));
}

/** Every value of every label, both ways. */
async function assertEqual(ours: string, theirs: string): Promise<void> {
  const columns = ['count', 'sum', 'max'].flatMap((name) =>
    ['1h', '6h', '24h', '7d'].map((window) => `${name}_${window}`),
  );
  const different = columns.map((column) => `o."origin.${column}" IS DISTINCT FROM t."${column}"`).join(' OR ');
  const [row] = await withDuckDb({}, (database) =>
    database.rows<{ rows: number; different: number }>(`
      SELECT count(*) AS rows, count(*) FILTER (o.label_id IS NULL OR t.label_id IS NULL OR ${different}) AS different
      FROM read_parquet(${quoteText(ours)}) o FULL JOIN read_parquet(${quoteText(theirs)}) t USING (label_id)`),
  );
  if (row?.rows !== 1_000_000 || row.different > 0)
    throw new Error(`the two sides disagree on ${row?.different} of ${row?.rows} labels`);
}
