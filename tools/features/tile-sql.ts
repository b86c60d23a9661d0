import {
  type CompiledAggregateView,
  columnVariables,
  expressionToSql,
  type PartialSlot,
  quoteIdentifier,
} from '@signalbox/contracts';

/** Which events of a source a backfill reads, as of a moment. */
export interface TileSource {
  readonly view: CompiledAggregateView;
  /** A relation with the source's columns, `event_ts` and `arrival_ts`. */
  readonly events: string;
  readonly asOfUs: number;
}

const AGGREGATES: Record<PartialSlot['op'], string> = { count: 'sum', sum: 'sum', min: 'min', max: 'max' };

/** One row an event that the view accepts, knows by `asOfUs` and that has all keys: `k0..`, `event_ts`, and `x0..`, what each slot takes of it (NULL: nothing). */
function eventsSql({ view, events, asOfUs }: TileSource): string {
  const variables = columnVariables(view.source.columns);
  const keys = view.keyColumns.map((column, i) => `${quoteIdentifier(column)} AS k${i}`);
  const inputs = view.slots.map(({ op, input }, i) => {
    const value = input === null ? '1' : `(${expressionToSql(input, variables)})`;
    // Through a CASE, because a bool or a text has no number to count.
    return `CAST(${op === 'count' ? `CASE WHEN ${value} IS NOT NULL THEN 1 END` : value} AS DOUBLE) AS x${i}`;
  });
  const { allowedLatenessUs, futureSkewUs } = view.source;
  return `SELECT ${[...keys, 'event_ts', ...inputs].join(', ')} FROM ${events}
    WHERE arrival_ts <= ${asOfUs} AND arrival_ts - event_ts BETWEEN ${-futureSkewUs} AND ${allowedLatenessUs}
      AND ${view.keyColumns.map((column) => `${quoteIdentifier(column)} IS NOT NULL`).join(' AND ')}`;
}

const keyColumns = ({ view }: TileSource): string[] => view.keyColumns.map((_, i) => `k${i}`);

/** SQL has no floor for negative remainders, so the remainder is made positive first. */
const floorSql = (hopUs: number): string => `event_ts - ((event_ts % ${hopUs}) + ${hopUs}) % ${hopUs}`;

/** Tiles of one length from `fromUs` (included) to `toUs` (excluded): keys, `start`, `s0..`, sorted. An empty slot is NULL. */
export function tilesSql(
  source: TileSource,
  level: { readonly hopUs: number; readonly fromUs: number; readonly toUs: number },
): string {
  const keys = keyColumns(source);
  const slots = source.view.slots.map(({ op }, i) => `${AGGREGATES[op]}(x${i}) AS s${i}`);
  return `SELECT ${[...keys, `${floorSql(level.hopUs)} AS start`, ...slots].join(', ')} FROM (${eventsSql(source)})
    WHERE event_ts >= ${level.fromUs} AND event_ts < ${level.toUs} GROUP BY ALL ORDER BY ${[...keys, 'start'].join(', ')}`;
}

/** Events from `fromUs` on, one row each, in the form of tiles. */
export function pendingSql(source: TileSource, fromUs: number): string {
  const keys = keyColumns(source);
  const slots = source.view.slots.map((_, i) => `x${i} AS s${i}`);
  return `SELECT ${[...keys, 'event_ts AS start', ...slots].join(', ')} FROM (${eventsSql(source)})
    WHERE event_ts >= ${fromUs} ORDER BY ${[...keys, 'start'].join(', ')}`;
}

/** The newest event of each entity in a stretch of time: keys, `start`. */
export function newestSql(
  source: TileSource,
  { fromUs, toUs }: { readonly fromUs: number; readonly toUs: number },
): string {
  const keys = keyColumns(source);
  return `SELECT ${[...keys, 'max(event_ts) AS start'].join(', ')} FROM (${eventsSql(source)})
    WHERE event_ts >= ${fromUs} AND event_ts < ${toUs} GROUP BY ALL`;
}
