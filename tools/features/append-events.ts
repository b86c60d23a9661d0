import {
  compileSource,
  encodeEntityKey,
  quoteIdentifier,
  SignalboxError,
  type Source,
  type Workspace,
} from '@signalbox/contracts';
import type { EventLog, NewEvent } from '@signalbox/serving/stores';
import { type DuckDbValue, withDuckDb } from '../duckdb/index.js';
import { readerSql, resolveDataFiles, stagingSql } from '../ingest/index.js';

export interface AppendRequest {
  readonly repo: string;
  readonly workspace: Pick<Workspace, 'sources'>;
  readonly source: string;
  /** A file (or several, by a glob) with the source's columns, in the source's format. */
  readonly path: string;
  readonly log: EventLog;
  /** Where event time is replayed, an event arrives when the source says that it was observed; else when the log takes it. */
  readonly clock: 'wall' | 'replay';
  readonly signal?: AbortSignal;
}

export interface AppendResult {
  readonly appended: number;
  /** Rows that an ingest would put into quarantine: they are no events. */
  readonly refused: number;
  /** In a replay, rows that were observed before the newest event of the log: they came too late to be told. */
  readonly past: number;
}

const BATCH_EVENTS = 10_000;

/**
 * Appends the rows of a file to the event log, in the order in which they were observed, read exactly as an ingest reads them. When it fails half-way,
 * what was appended stays. Errors: `input/unknown-reference`, `input/bad-data`, those of the log.
 */
export async function appendEvents(request: AppendRequest): Promise<AppendResult> {
  const source = request.workspace.sources.get(request.source);
  if (source === undefined) throw unknownSource(request);
  const fromUs = request.clock === 'replay' ? await request.log.latestArrival() : null;
  const { columns, counts } = await readRows(request, source, fromUs);
  const [eventTs, arrivalTs, ...values] = columns as [
    readonly number[],
    readonly number[],
    ...(readonly DuckDbValue[])[],
  ];
  const names = Object.keys(source.columns);
  for (let start = 0; start < eventTs.length; start += BATCH_EVENTS) {
    request.signal?.throwIfAborted();
    const events: NewEvent[] = [];
    const end = Math.min(start + BATCH_EVENTS, eventTs.length);
    for (let row = start; row < end; row++) {
      const own = Object.fromEntries(names.map((name, i) => [name, values[i]![row]!]));
      const arrival = request.clock === 'replay' ? { arrivalTs: arrivalTs[row]! } : {};
      events.push({ eventTs: eventTs[row]!, ...arrival, key: encodeEntityKey([row]), row: own });
    }
    await request.log.append(request.source, events);
  }
  return { appended: eventTs.length, ...counts };
}

async function readRows(request: AppendRequest, source: Source, fromUs: number | null) {
  const compiled = compileSource(request.workspace, request.source);
  const own = Object.keys(source.columns).map(quoteIdentifier).join(', ');
  const isPast = fromUs === null ? 'false' : `arrival_ts <= ${fromUs}`;
  return withDuckDb(request.signal ? { signal: request.signal } : {}, async (database) => {
    const files = await resolveDataFiles(database, request.repo, request.path);
    const reader = await readerSql(database, source, files);
    await database.run(`CREATE TEMP TABLE staged AS ${stagingSql({ source, compiled, reader }, files)}`);
    const [counts] = await database.rows<{ refused: number; past: number }>(
      `SELECT count(*) FILTER (reason IS NOT NULL) AS refused, count(*) FILTER (reason IS NULL AND ${isPast}) AS past FROM staged`,
    );
    const columns = await database.columns(
      `SELECT event_ts, arrival_ts, ${own} FROM staged WHERE reason IS NULL AND NOT (${isPast}) ORDER BY arrival_ts, event_ts, event_seq`,
    );
    return { columns: columns.length > 0 ? columns : [[], []], counts: counts ?? { refused: 0, past: 0 } };
  });
}

function unknownSource({ workspace, source }: AppendRequest): SignalboxError {
  return new SignalboxError('input/unknown-reference', `there is no source '${source}'`, {
    hint: `There are: ${[...workspace.sources.keys()].sort().join(', ') || 'none'}.`,
  });
}
