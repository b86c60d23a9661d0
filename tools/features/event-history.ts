import { join } from 'node:path';
import { type CompiledAggregateView, quoteText, type SnapshotRecord } from '@signalbox/contracts';
import { compileEventReader } from '@signalbox/serving/materializer';
import { type BlobStore, blobKey, type EventLog, type LoggedEvent } from '@signalbox/serving/stores';
import type { HistoricalEvents } from '../dataset/index.js';
import { withDuckDb } from '../duckdb/index.js';
import { oldestEventUs } from './view-state.js';

export interface HistoryRequest {
  /** Views of one source. */
  readonly views: readonly CompiledAggregateView[];
  readonly snapshot: SnapshotRecord;
  readonly store: BlobStore;
  readonly log: EventLog;
  /** First and last T that will be asked. */
  readonly fromUs: number;
  readonly toUs: number;
  /** Where the part of the snapshot that is needed is put; the caller removes it. */
  readonly folder: string;
}

const BATCH = 50_000;

/**
 * All events of a source that some request between two moments can see, each once: from its first event on the log is the truth, because its offsets are what
 * served tokens speak of; what arrived before comes from the snapshot.
 */
export async function eventHistory(request: HistoryRequest): Promise<HistoricalEvents> {
  const { views, log, fromUs, toUs } = request;
  const topic = views[0]!.source.name;
  const skewUs = Math.max(...views.map((view) => view.source.futureSkewUs));
  const oldestUs = Math.min(...views.map((view) => oldestEventUs(view, fromUs)));
  const isMalformed = malformedBy(views);
  const rows: LoggedEvent[] = [];
  let logStartsUs = Number.POSITIVE_INFINITY;
  for (const partition of (await log.endOffsets(topic)).keys()) {
    const [first] = await log.read(topic, partition, { from: 0, max: 1 });
    if (first) logStartsUs = Math.min(logStartsUs, first.arrivalTs);
    const end = await log.offsetAfterArrival(topic, partition, toUs);
    for (let from = await log.offsetAfterArrival(topic, partition, oldestUs - skewUs - 1); from < end; from += BATCH) {
      const batch = await log.read(topic, partition, { from, max: Math.min(BATCH, end - from) });
      for (const event of batch) if (!isMalformed(event)) rows.push(event);
    }
  }
  const files = await snapshotPart(request, { oldestUs, beforeArrivalUs: logStartsUs });
  return { rows, files };
}

/** The materializer leaves these out, so the recomputation does. */
function malformedBy(views: readonly CompiledAggregateView[]): (event: LoggedEvent) => boolean {
  const readers = views.map(compileEventReader);
  return (event) => readers.some((reader) => reader.faultOf(event)?.kind === 'malformed');
}

async function snapshotPart(
  { views, snapshot, store, folder }: HistoryRequest,
  { oldestUs, beforeArrivalUs }: { readonly oldestUs: number; readonly beforeArrivalUs: number },
): Promise<string[]> {
  const firstMonth = new Date(oldestUs / 1000).toISOString().slice(0, 7);
  const files = snapshot.files.filter((file) => file.month >= firstMonth);
  if (files.length === 0) return [];
  const paths = await Promise.all(files.map((file) => store.localPath(blobKey(file.digest))));
  const part = join(folder, `${snapshot.source}.parquet`);
  // A snapshot is already free of late rows, by the source as it was declared then.
  const { allowedLatenessUs, futureSkewUs } = views[0]!.source;
  const known = Number.isFinite(beforeArrivalUs) ? `AND arrival_ts < ${beforeArrivalUs}` : '';
  await withDuckDb({}, (database) =>
    database.run(`COPY (SELECT * FROM read_parquet([${paths.map(quoteText).join(', ')}])
      WHERE event_ts >= ${oldestUs} AND arrival_ts - event_ts BETWEEN ${-futureSkewUs} AND ${allowedLatenessUs} ${known}) TO ${quoteText(part)} (FORMAT parquet)`),
  );
  return [part];
}
