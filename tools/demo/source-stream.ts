import { type ColumnType, compileSource, quoteIdentifier, SignalboxError, type Workspace } from '@signalbox/contracts';
import { type DuckDb, type DuckDbValue, openDuckDb } from '../duckdb/index.js';
import { readerSql, resolveDataFiles, stagingSql } from '../ingest/index.js';

/** A source's rows of one stretch of time, as columns, sorted by departure. Times are epoch microseconds. */
export interface SourceEvents {
  readonly rows: number;
  readonly eventTs: Float64Array;
  readonly arrivalTs: Float64Array;
  /** Values of the source's own columns, by name. */
  readonly columns: ReadonlyMap<string, readonly DuckDbValue[]>;
  /** Row numbers in the order in which the rows could be observed. */
  readonly byArrival: Uint32Array;
}

export interface StreamOptions {
  readonly repo: string;
  readonly workspace: Workspace;
  readonly source: string;
  readonly fromUs: number;
  readonly untilUs: number;
}

/**
 * Reads real rows as they would have come: when each happened and, by the source's own `observedAt`, when it could be known.
 * Rows that could be known before `fromUs` are history, and left out; so are rows that an ingest would refuse.
 */
export async function readSourceEvents(options: StreamOptions): Promise<SourceEvents> {
  const database = await openDuckDb();
  try {
    return await read(database, options);
  } finally {
    database.close();
  }
}

async function read(database: DuckDb, options: StreamOptions): Promise<SourceEvents> {
  const source = options.workspace.sources.get(options.source)!;
  const compiled = compileSource(options.workspace, options.source);
  const names = Object.keys(compiled.columns);
  const files = await resolveDataFiles(database, options.repo, source.data.path);
  const reader = await readerSql(database, source, files);
  const [eventTs, arrivalTs, ...values] = await database.columns(`
    SELECT event_ts::DOUBLE, arrival_ts::DOUBLE, ${names.map((name) => asNumber(name, compiled.columns[name]!)).join(', ')}
    FROM (${stagingSql({ source, compiled, reader }, files)})
    WHERE reason IS NULL AND arrival_ts > ${options.fromUs} AND event_ts < ${options.untilUs}
      AND event_ts >= ${options.fromUs - compiled.allowedLatenessUs}
      AND arrival_ts - event_ts BETWEEN ${-compiled.futureSkewUs} AND ${compiled.allowedLatenessUs}
    ORDER BY event_ts, arrival_ts, event_seq`);
  if (!eventTs || !arrivalTs || eventTs.length === 0)
    throw new SignalboxError(
      'input/bad-data',
      `${source.data.path} holds no rows between the two times of the replay`,
      {
        hint: 'Run "npm ci" again: the file may be incomplete.',
      },
    );
  return {
    rows: eventTs.length,
    eventTs: Float64Array.from(eventTs as readonly number[]),
    arrivalTs: Float64Array.from(arrivalTs as readonly number[]),
    columns: new Map(names.map((name, index) => [name, values[index]!])),
    byArrival: sortedBy(arrivalTs as readonly number[]),
  };
}

/** 64-bit integers would come as BigInt, one object a value; doubles hold microseconds exactly. */
function asNumber(name: string, type: ColumnType): string {
  const column = quoteIdentifier(name);
  return type === 'int' || type === 'timestamp' ? `${column}::DOUBLE` : column;
}

/** Row numbers by ascending value; rows of equal value stay in order. */
function sortedBy(values: readonly number[]): Uint32Array {
  return Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
}
