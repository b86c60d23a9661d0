import { join } from 'node:path';
import { type CompiledSource, quoteIdentifier, quoteText, type SnapshotRecord } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import type { JsonCache } from '../cache/index.js';
import type { DuckDb } from '../duckdb/index.js';
import { hasBlob, putFileBlob } from './file-blob.js';

type MonthFile = SnapshotRecord['files'][number];

export interface MonthContext {
  readonly database: DuckDb;
  readonly store: BlobStore;
  readonly cache: JsonCache;
  readonly compiled: CompiledSource;
  /** Digest of the input files, the definition and the format: what a month's content depends on beside its bounds. */
  readonly inputs: string;
  readonly untilUs: number;
  readonly temporaryFolder: string;
}

/**
 * One Parquet file for each calendar month of event time, sorted by the total order. A month whose last acceptable observation is not after
 * `untilUs` is the same in every later snapshot, so its file is looked up, not written again, and keeps its digest.
 */
export async function writeMonthFiles(context: MonthContext): Promise<MonthFile[]> {
  const months = await context.database.rows<{ month: string; start_us: number; end_us: number; rows: number }>(`
    SELECT strftime(start, '%Y-%m') AS month, epoch_us(start) AS start_us, epoch_us(start + INTERVAL 1 MONTH) AS end_us, rows
    FROM (SELECT date_trunc('month', make_timestamp(event_ts)) AS start, count(*) AS rows FROM accepted GROUP BY ALL) ORDER BY start`);
  const files: MonthFile[] = [];
  for (const month of months) files.push(await monthFile(context, month));
  return files;
}

async function monthFile(
  context: MonthContext,
  month: { month: string; start_us: number; end_us: number; rows: number },
): Promise<MonthFile> {
  const closed = month.end_us + context.compiled.allowedLatenessUs <= context.untilUs;
  const key = { inputs: context.inputs, month: month.month, untilUs: closed ? null : context.untilUs };
  const known = await context.cache.read<MonthFile>('snapshot-month', key);
  if (known && (await hasBlob(context.store, known.digest))) return known;
  const path = join(context.temporaryFolder, `${month.month}.parquet`);
  const columns = [...Object.keys(context.compiled.columns), 'event_ts', 'arrival_ts', 'event_seq'].map(
    quoteIdentifier,
  );
  await context.database.run(`
    COPY (SELECT ${columns.join(', ')} FROM accepted WHERE event_ts >= ${month.start_us} AND event_ts < ${month.end_us}
          ORDER BY event_ts, arrival_ts, event_seq)
    TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`);
  const file = { ...(await putFileBlob(context.store, path)), month: month.month, rows: month.rows };
  await context.cache.write('snapshot-month', key, file);
  return file;
}
