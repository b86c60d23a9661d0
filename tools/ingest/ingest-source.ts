import { join } from 'node:path';
import {
  type CompiledSource,
  compileSource,
  digestJson,
  quoteIdentifier,
  quoteText,
  SignalboxError,
  type SnapshotRecord,
  type Source,
  type Verdict,
  type Workspace,
} from '@signalbox/contracts';
import { type BlobStore, putJsonBlob, readJsonBlob } from '@signalbox/serving/stores';
import { openJsonCache, withTemporaryFolder } from '../cache/index.js';
import { type DuckDb, withDuckDb } from '../duckdb/index.js';
import { judgeSnapshot, type SnapshotCounts } from './checks.js';
import { checkDataSchema, readerSql } from './data-schema.js';
import { digestFile, hasBlob, putFileBlob } from './file-blob.js';
import { writeMonthFiles } from './month-files.js';
import { resolveDataFiles } from './resolve-data.js';
import { writeSnapshotInputs } from './snapshot-inputs.js';
import { malformedReason, stagingSql } from './staging-sql.js';

export interface IngestRequest {
  /** The repository; relative paths of data start here. */
  readonly repo: string;
  readonly workspace: Pick<Workspace, 'sources'>;
  readonly source: string;
  /** Only rows that were observed by then. Epoch microseconds. */
  readonly untilUs: number;
  readonly store: BlobStore;
  /** `.signalbox/cache` */
  readonly cacheFolder: string;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

export interface IngestResult {
  readonly snapshot: SnapshotRecord;
  readonly digest: string;
  /** Nothing had changed, so nothing was read. */
  readonly cached: boolean;
}

/** Enters every digest of a snapshot: raise it when the files would come out otherwise. */
const FORMAT = 2;
const SAMPLE_ROWS = 5;

/**
 * Takes a snapshot of a source: reads it, checks it, puts bad rows aside with their reasons, refuses late ones, and leaves one sorted Parquet file a
 * month plus `snapshots/<source>/<hex>.json` in the store. Throws `input/bad-data` when the data cannot be read or a check fails; nothing is recorded then.
 */
export async function ingestSource(request: IngestRequest): Promise<IngestResult> {
  const compiled = compileSource(request.workspace, request.source);
  const source = request.workspace.sources.get(request.source)!;
  return withTemporaryFolder(request.cacheFolder, 'ingest', (temporaryFolder) =>
    withDuckDb({ temporaryFolder, ...pick(request) }, (database) =>
      ingest({ request, source, compiled, database, temporaryFolder }),
    ),
  );
}

const pick = ({ threads, signal }: IngestRequest) => ({
  ...(threads === undefined ? {} : { threads }),
  ...(signal === undefined ? {} : { signal }),
});

interface Ingestion {
  readonly request: IngestRequest;
  readonly source: Source;
  readonly compiled: CompiledSource;
  readonly database: DuckDb;
  readonly temporaryFolder: string;
}

async function ingest(ingestion: Ingestion): Promise<IngestResult> {
  const { request, source, database, compiled } = ingestion;
  const { store, untilUs } = request;
  const files = await resolveDataFiles(database, request.repo, source.data.path);
  const cache = openJsonCache(request.cacheFolder);
  const content = await Promise.all(files.map(digestFile));
  const inputs = digestJson({ format: FORMAT, content, compiled, source: source as unknown });
  const known = await cache.read<{ digest: string }>('snapshot', { inputs, untilUs });
  if (known && (await hasBlob(store, known.digest))) {
    const snapshot = await readJsonBlob<SnapshotRecord>(store, known.digest);
    const whole = await Promise.all(snapshot.files.map((file) => hasBlob(store, file.digest)));
    if (whole.every(Boolean)) return { snapshot, digest: known.digest, cached: true };
  }
  const undeclared = await stage(ingestion, files);
  const counts = await count(ingestion, undeclared);
  const checks = judgeSnapshot(source, counts);
  const quarantine = await writeQuarantine(ingestion, counts);
  assertChecks(request.source, checks, quarantine);
  const snapshot: SnapshotRecord = {
    schema: 'signalbox/snapshot/1',
    source: request.source,
    definition: digestJson(compiled),
    untilUs,
    rows: counts.kept,
    quarantined: Object.values(counts.quarantined).reduce((sum, rows) => sum + rows, 0),
    late: counts.late,
    files: await writeMonthFiles({ ...ingestion, store, cache, inputs, untilUs }),
    checks,
    quarantine,
  };
  const digest = await putJsonBlob(store, snapshot);
  await store.write(`snapshots/${request.source}/${digest.slice('sha256:'.length)}.json`, JSON.stringify(snapshot));
  await writeSnapshotInputs(request, { snapshot: digest, declared: source.data.path, files, content });
  await cache.write('snapshot', { inputs, untilUs }, { digest });
  return { snapshot, digest, cached: false };
}

/** Reads the files into `staged` (rows of this snapshot, with what is wrong) and `accepted` (the good ones). */
async function stage({ request, source, compiled, database }: Ingestion, files: readonly string[]): Promise<string[]> {
  try {
    const reader = await readerSql(database, source, files);
    const undeclared = await checkDataSchema({ database, name: request.source, source }, reader);
    await database.run(`
      CREATE TEMP TABLE staged AS
      SELECT *, reason IS NULL AND arrival_ts - event_ts NOT BETWEEN ${-compiled.futureSkewUs} AND ${compiled.allowedLatenessUs} AS late
      FROM (${stagingSql({ source, compiled, reader }, files)})
      WHERE arrival_ts IS NULL OR arrival_ts <= ${request.untilUs}`);
    await database.run(
      'CREATE TEMP VIEW accepted AS SELECT * EXCLUDE (reason, unread, late) FROM staged WHERE reason IS NULL AND NOT late',
    );
    return undeclared;
  } catch (cause) {
    if (!(cause instanceof SignalboxError) || cause.code !== 'input/bad-data' || cause.findings.length > 0) throw cause;
    throw new SignalboxError('input/bad-data', `the data of '${request.source}' cannot be read: ${cause.message}`, {
      hint: `${cause.hint ?? ''} Files: ${files.join(', ')}.`.trim(),
      cause,
    });
  }
}

async function count({ source, database }: Ingestion, undeclared: readonly string[]): Promise<SnapshotCounts> {
  const names = Object.keys(source.columns);
  const [totals] = await database.rows<Record<string, number>>(`
    SELECT count(*) AS considered, count(*) FILTER (late) AS late, count(*) FILTER (reason IS NULL AND NOT late) AS kept,
           ${names.map((name, index) => `${missing(source, name)} AS missing_${index}`).join(', ')} FROM staged`);
  const reasons = await database.rows<{ reason: string; rows: number }>(
    'SELECT reason, count(*) AS rows FROM staged WHERE reason IS NOT NULL GROUP BY reason ORDER BY reason',
  );
  return {
    considered: totals?.considered ?? 0,
    late: totals?.late ?? 0,
    kept: totals?.kept ?? 0,
    missing: Object.fromEntries(names.map((name, index) => [name, totals?.[`missing_${index}`] ?? 0])),
    quarantined: Object.fromEntries(reasons.map(({ reason, rows }) => [reason, rows])),
    undeclared,
  };
}

/** A value that could not be read is refused for that, and is not missing as well. */
function missing(source: Source, name: string): string {
  const refused = quoteText(malformedReason(name, source.columns[name]!.type));
  return `count(*) FILTER (${quoteIdentifier(name)} IS NULL AND reason IS DISTINCT FROM ${refused})`;
}

async function writeQuarantine(
  { request, database, temporaryFolder }: Ingestion,
  counts: SnapshotCounts,
): Promise<SnapshotRecord['quarantine']> {
  if (Object.keys(counts.quarantined).length === 0) return null;
  const path = join(temporaryFolder, 'quarantine.parquet');
  const rows = 'SELECT * EXCLUDE (late) FROM staged WHERE reason IS NOT NULL ORDER BY event_seq';
  await database.run(`COPY (${rows}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
  const sample = await database.rows<Record<string, string | null>>(`
    SELECT CAST(COLUMNS(* EXCLUDE (event_ts, arrival_ts)) AS VARCHAR) FROM (${rows}) QUALIFY row_number() OVER (PARTITION BY reason ORDER BY event_seq) = 1
    ORDER BY event_seq LIMIT ${SAMPLE_ROWS}`);
  return { ...(await putFileBlob(request.store, path)), sample };
}

function assertChecks(source: string, checks: readonly Verdict[], quarantine: SnapshotRecord['quarantine']): void {
  const failed = checks.filter(({ verdict }) => verdict === 'fail');
  if (failed.length === 0) return;
  throw new SignalboxError(
    'input/bad-data',
    `the source '${source}' fails ${failed.length} of its checks: ${failed.map(({ sentence }) => sentence).join('; ')}`,
    {
      hint: quarantine
        ? `The refused rows and their reasons are the blob ${quarantine.digest}; the first is ${JSON.stringify(quarantine.sample[0])}.`
        : 'Mend the data, or change what the source declares.',
      findings: failed.map(({ id, sentence }) => ({
        code: 'data/mismatch',
        severity: 'error',
        message: `${id}: ${sentence}`,
        place: { file: `features/sources/${source}.yaml` },
      })),
    },
  );
}
