import {
  type CompiledAggregateView,
  type CompiledSource,
  type ExpressionType,
  type ExpressionValue,
  type FeatureBundle,
  type KeyValue,
  quoteIdentifier,
  quoteText,
  SignalboxError,
} from '@signalbox/contracts';
import type { LoggedEvent } from '@signalbox/serving/stores';
import { type DuckDb, withDuckDb } from '../duckdb/index.js';
import { computeBundle } from './compute-bundle.js';
import { parquetRelation } from './label-rows.js';

/** What was, or would be, asked: the offline twin of an online feature request. */
export interface HistoricalRequest {
  /** Key values by entity, in the order of the entity's keys. */
  readonly entities: Readonly<Record<string, readonly KeyValue[]>>;
  readonly request: Readonly<Record<string, ExpressionValue>>;
  readonly atUs: number;
  /** By view digest and partition: only log rows before this offset count, as a served token says. A partition that is not named counts whole. */
  readonly offsets?: Readonly<Record<string, Readonly<Record<number, number>>>>;
}

/** The events of one source: a snapshot's files, rows of the log, or both (they must not overlap). */
export interface HistoricalEvents {
  readonly files?: readonly string[];
  readonly rows?: readonly LoggedEvent[];
}

export interface HistoricalQuestion {
  readonly bundle: FeatureBundle;
  readonly requests: readonly HistoricalRequest[];
  readonly events: ReadonlyMap<string, HistoricalEvents>;
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

const SQL_TYPES: Record<ExpressionType, string> = {
  int: 'BIGINT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  bool: 'BOOLEAN',
};

/** Feature vectors computed by the offline path, one a request, in the order of the bundle; NaN is NULL. */
export async function historicalFeatures(question: HistoricalQuestion): Promise<Float64Array[]> {
  const { bundle, requests, threads, signal } = question;
  if (requests.length === 0) return [];
  const options = { ...(threads === undefined ? {} : { threads }), ...(signal === undefined ? {} : { signal }) };
  return withDuckDb(options, async (database) => {
    await loadRequests(database, question);
    for (const source of sourcesOf(bundle)) await loadEvents(database, source, question.events.get(source.name) ?? {});
    const cutOff = requests.some(({ offsets }) => offsets !== undefined);
    const tables = await computeBundle(database, bundle, {
      eventsOf: (name) => quoteIdentifier(`events of ${name}`),
      keysOf: (entity) => entity.keys.map((_, index) => `${entity.name}.${index}`),
      columnOf: (input) => `input.${input}`,
      ...(cutOff ? tokenFilter(question) : {}),
    });
    const columns = await database.columns(
      `SELECT ${bundle.order.map((name) => `"${name}"`).join(', ')} FROM requests ${tables.map((table) => `JOIN ${table} USING (rid)`).join(' ')} ORDER BY rid`,
    );
    return requests.map((_, row) =>
      Float64Array.from(columns, (column) => (column[row] as number | null) ?? Number.NaN),
    );
  });
}

function sourcesOf(bundle: FeatureBundle): CompiledSource[] {
  const sources = new Map<string, CompiledSource>();
  for (const view of bundle.views) {
    if (view.kind !== 'aggregate') continue;
    const known = sources.get(view.source.name);
    const columns = { ...known?.columns, ...view.source.columns };
    sources.set(view.source.name, { ...view.source, columns });
  }
  return [...sources.values()];
}

/** An event of the log counts only before the offset that the served answer had applied, of that view and partition. */
function tokenFilter({ bundle }: HistoricalQuestion) {
  const views = bundle.views.filter((view) => view.kind === 'aggregate');
  const cutOff = (view: CompiledAggregateView): string => `cut_${views.indexOf(view)}`;
  return {
    extraColumns: { events: ['log_partition', 'log_offset'], requests: views.map(cutOff) },
    visible: (view: CompiledAggregateView) =>
      `(log_partition IS NULL OR coalesce(log_offset < ${cutOff(view)}[log_partition + 1], true))`,
  };
}

async function loadRequests(database: DuckDb, { bundle, requests }: HistoricalQuestion): Promise<void> {
  const views = bundle.views.filter((view) => view.kind === 'aggregate');
  const entities = [...new Map(views.map(({ entity }) => [entity.name, entity])).values()];
  const inputs: Record<string, ExpressionType> = Object.assign(
    {},
    ...bundle.views.map((view) =>
      view.kind === 'request'
        ? Object.fromEntries(Object.entries(view.inputs).map(([name, { type }]) => [name, type]))
        : {},
    ),
  );
  const columns = [
    { name: 'rid', type: 'BIGINT', value: (_: HistoricalRequest, row: number) => row },
    { name: 'at_us', type: 'BIGINT', value: ({ atUs }: HistoricalRequest) => atUs },
    ...entities.flatMap(({ name, keys }) =>
      keys.map(({ type }, index) => ({
        name: `${name}.${index}`,
        type: SQL_TYPES[type],
        value: (request: HistoricalRequest) => keyOf(request, name, index),
      })),
    ),
    ...Object.entries(inputs).map(([name, type]) => ({
      name: `input.${name}`,
      type: SQL_TYPES[type],
      value: ({ request }: HistoricalRequest) => request[name] ?? null,
    })),
    ...views.map(({ digest }, index) => ({
      name: `cut_${index}`,
      type: 'BIGINT[]',
      value: ({ offsets }: HistoricalRequest) => offsetList(offsets?.[digest] ?? {}),
    })),
  ];
  await loadTable(
    database,
    { name: 'requests', columns },
    requests.map((request, row) => columns.map(({ value }) => value(request, row))),
  );
}

function keyOf(request: HistoricalRequest, entity: string, index: number): KeyValue {
  const value = request.entities[entity]?.[index];
  if (value !== undefined) return value;
  throw new SignalboxError('input/bad-argument', `a request names no key of the entity '${entity}'`);
}

/** `{1: 7}` as `[null, 7]`: the list's place is the partition. */
function offsetList(offsets: Readonly<Record<number, number>>): (number | null)[] {
  const partitions = Object.keys(offsets).map(Number);
  return Array.from(
    { length: partitions.length === 0 ? 0 : Math.max(...partitions) + 1 },
    (_, partition) => offsets[partition] ?? null,
  );
}

async function loadEvents(database: DuckDb, source: CompiledSource, { files, rows }: HistoricalEvents): Promise<void> {
  const own = Object.entries(source.columns).map(([name, type]) => ({
    name,
    type: type === 'timestamp' ? 'BIGINT' : SQL_TYPES[type],
    value: ({ row }: LoggedEvent) => row[name] ?? null,
  }));
  const columns = [
    ...own,
    { name: 'event_ts', type: 'BIGINT', value: ({ eventTs }: LoggedEvent) => eventTs },
    { name: 'arrival_ts', type: 'BIGINT', value: ({ arrivalTs }: LoggedEvent) => arrivalTs },
    { name: 'log_partition', type: 'BIGINT', value: ({ partition }: LoggedEvent) => partition },
    { name: 'log_offset', type: 'BIGINT', value: ({ offset }: LoggedEvent) => offset },
  ];
  const name = `events of ${source.name}`;
  const { allowedLatenessUs, futureSkewUs } = source;
  const accepted = (rows ?? []).filter(({ eventTs, arrivalTs }) =>
    isIn(arrivalTs - eventTs, -futureSkewUs, allowedLatenessUs),
  );
  await loadTable(
    database,
    { name, columns },
    accepted.map((event) => columns.map(({ value }) => value(event))),
  );
  if (files && files.length > 0) {
    const read = [...own.map((column) => quoteIdentifier(column.name)), 'event_ts', 'arrival_ts', 'NULL', 'NULL'];
    await database.run(`INSERT INTO ${quoteIdentifier(name)} SELECT ${read.join(', ')} FROM ${parquetRelation(files)}`);
  }
}

const isIn = (value: number, low: number, high: number): boolean => low <= value && value <= high;

interface Table {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
}

/** Rows a statement: long enough that statements do not count, short enough that a text does not grow without bound. */
const ROWS_PER_STATEMENT = 5_000;

/** By JSON, which keeps every exact integer, every double and every string as it is. */
async function loadTable(database: DuckDb, table: Table, rows: readonly (readonly unknown[])[]): Promise<void> {
  const name = quoteIdentifier(table.name);
  await database.run(
    `CREATE TEMP TABLE ${name} (${table.columns.map((column) => `${quoteIdentifier(column.name)} ${column.type}`).join(', ')})`,
  );
  const values = table.columns.map(
    ({ type }, index) => `CAST(json_extract(value, '$[${index}]')${type === 'VARCHAR' ? " ->> '$'" : ''} AS ${type})`,
  );
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    const chunk = quoteText(JSON.stringify(rows.slice(start, start + ROWS_PER_STATEMENT)));
    await database.run(`INSERT INTO ${name} SELECT ${values.join(', ')} FROM json_each(${chunk})`);
  }
}
