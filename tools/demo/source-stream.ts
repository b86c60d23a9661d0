import {
  type CompiledSource,
  columnVariables,
  expressionToSql,
  quoteIdentifier,
  quoteText,
  SignalboxError,
} from '@signalbox/contracts';
import { type DuckDb, type DuckDbValue, openDuckDb } from '../duckdb/index.js';

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

/**
 * Reads real rows as they would have come: when each happened and, by the source's own `observedAt`, when it could be known.
 * Rows that could be known before `fromUs` are history and left out.
 */
export async function readSourceEvents(options: {
  readonly source: CompiledSource;
  readonly path: string;
  readonly fromUs: number;
  readonly untilUs: number;
}): Promise<SourceEvents> {
  const database = await openDuckDb();
  try {
    return await read(database, options);
  } finally {
    database.close();
  }
}

async function read(
  database: DuckDb,
  { source, path, fromUs, untilUs }: Parameters<typeof readSourceEvents>[0],
): Promise<SourceEvents> {
  const names = Object.keys(source.columns);
  const casts = names.map((name) => {
    const column = quoteIdentifier(name);
    return source.columns[name] === 'timestamp' ? `epoch_us(${column}) AS ${column}` : column;
  });
  const observed = source.observedAt ?? source.eventTime;
  const [eventTs, arrivalTs, ...values] = await database.columns(`
    WITH typed AS (SELECT ${casts.join(', ')} FROM read_parquet(${quoteText(path)})),
    timed AS (
      SELECT *, ${quoteIdentifier(source.eventTime)} AS event_ts,
        ${expressionToSql(observed, columnVariables(source.columns))} AS arrival_ts
      FROM typed
      WHERE ${quoteIdentifier(source.eventTime)} >= ${fromUs - source.allowedLatenessUs}
        AND ${quoteIdentifier(source.eventTime)} < ${untilUs})
    SELECT event_ts, arrival_ts, ${names.map(quoteIdentifier).join(', ')} FROM timed
    WHERE arrival_ts >= ${fromUs} ORDER BY event_ts, arrival_ts, ${names.map(quoteIdentifier).join(', ')}`);
  if (!eventTs || !arrivalTs || eventTs.length === 0)
    throw new SignalboxError('input/bad-data', `${path} holds no rows between the two times of the replay`, {
      hint: 'Run "npm ci" again: the file may be incomplete.',
    });
  return {
    rows: eventTs.length,
    eventTs: Float64Array.from(eventTs as readonly number[]),
    arrivalTs: Float64Array.from(arrivalTs as readonly number[]),
    columns: new Map(names.map((name, index) => [name, values[index]!])),
    byArrival: sortedBy(arrivalTs as readonly number[]),
  };
}

/** Row numbers by ascending value; rows of equal value stay in order. */
function sortedBy(values: readonly number[]): Uint32Array {
  return Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
}
