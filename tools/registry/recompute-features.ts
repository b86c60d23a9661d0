import { join } from 'node:path';
import {
  type CompiledAggregateView,
  type ExpressionValue,
  type FeatureBundle,
  type KeyValue,
  quoteIdentifier,
  quoteText,
  US_PER_DAY,
} from '@signalbox/contracts';
import {
  advance,
  applyEvent,
  emptyEntity,
  encodeEntity,
  layoutOfView,
  OnlineFeatureReader,
} from '@signalbox/serving/features';
import { compileEventReader } from '@signalbox/serving/materializer';
import { blobKey, type LoggedEvent, type OnlineStore } from '@signalbox/serving/stores';
import { type DuckDb, type DuckDbValue, withDuckDb } from '../duckdb/index.js';
import type { FeatureDifference } from '../gates/index.js';
import type { BuiltDataset, Snapshots } from './data-steps.js';
import type { Pipeline } from './pipeline.js';

/** Rows of a dataset that are recomputed: each replays up to a week of its entities' events. */
const SAMPLED_ROWS = 40;

/** Sums of doubles may be added in another order; everything else is compared as the float32 that the model gets. */
const RELATIVE_TOLERANCE = 1e-6;

type Row = Readonly<Record<string, DuckDbValue>>;

export interface RecomputedFeatures {
  readonly rows: number;
  /** Feature values compared. */
  readonly checked: number;
  readonly differences: readonly FeatureDifference[];
}

/**
 * Recomputes the features of some rows of a dataset the way a pod comes by them: the events that were known at T, in the order of their arrival by
 * these snapshots, through the materializer's own tiles and the online reader; and compares them with the dataset.
 */
export async function recomputeFeatures(
  { bundle, definition, store, cacheFolder, signal }: Pipeline,
  data: BuiltDataset,
  snapshots: Snapshots,
): Promise<RecomputedFeatures> {
  const views = bundle.views.filter((view) => view.kind === 'aggregate');
  const files = new Map<string, string[]>();
  for (const { source } of views) {
    const parts = snapshots.get(source.name)?.snapshot.files ?? [];
    files.set(source.name, await Promise.all(parts.map(({ digest }) => store.localPath(blobKey(digest)))));
  }
  return withDuckDb({ signal, temporaryFolder: join(cacheFolder, 'tmp') }, async (database) => {
    const rows = await sampleRows(database, data.path);
    const values: OnlineValues = new Map();
    for (const view of views) await replayView(database, { view, keys: definition.label.entities, files, values });
    return compareRows(rows, { bundle, label: definition.label, values });
  });
}

/** What the online store would hold for (sampled row, view digest, entity). */
type OnlineValues = Map<string, Uint8Array>;
const valueKey = (rid: number, view: string, entityKey: string): string => `${rid} ${view} ${entityKey}`;

async function sampleRows(database: DuckDb, path: string): Promise<Row[]> {
  const source = `read_parquet(${quoteText(path)}, file_row_number = true)`;
  await database.run(
    `CREATE TEMP TABLE sampled AS
     WITH total AS (SELECT greatest(1, count(*) // ${SAMPLED_ROWS}) AS step FROM ${source})
     SELECT rows.*, row_number() OVER (ORDER BY file_row_number) AS rid FROM ${source} AS rows, total
     WHERE file_row_number % step = 0 ORDER BY file_row_number LIMIT ${SAMPLED_ROWS}`,
  );
  return database.rows('SELECT * FROM sampled ORDER BY rid');
}

interface Replay {
  readonly view: CompiledAggregateView;
  /** Which label column holds each entity's keys. */
  readonly keys: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly files: ReadonlyMap<string, readonly string[]>;
  readonly values: OnlineValues;
}

async function replayView(database: DuckDb, { view, keys, files, values }: Replay): Promise<void> {
  const reader = compileEventReader(view);
  const layout = layoutOfView(view);
  const events = await database.rows<Row>(
    eventsSql(view, keys[view.entity.name] ?? {}, files.get(view.source.name) ?? []),
  );
  for (const [rid, ofRow] of groupByRow(events)) {
    const entity = emptyEntity(layout);
    let entityKey: string | null = null;
    for (const row of ofRow) {
      const event = loggedEvent(row);
      entityKey ??= reader.entityKeyOf(event);
      // The watermark follows each arrival, so that events wait as pending and settle just as they do in a running materializer.
      advance(layout, entity, event.arrivalTs);
      applyEvent(layout, entity, { eventTs: event.eventTs, slots: reader.slotsOf(event) });
    }
    if (entityKey !== null) values.set(valueKey(rid, view.digest, entityKey), encodeEntity(entity));
  }
}

function groupByRow(events: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const event of events) {
    const rid = Number(event.rid);
    const group = groups.get(rid);
    if (group) group.push(event);
    else groups.set(rid, [event]);
  }
  return groups;
}

/** The events of each sampled row's entity that were known at its T, as far back as the longest window and its hop reach. */
function eventsSql(
  view: CompiledAggregateView,
  keys: Readonly<Record<string, string>>,
  files: readonly string[],
): string {
  const reachUs = Math.max(...view.features.map(({ windowUs }) => windowUs)) + view.delayUs + US_PER_DAY;
  const joins = view.entity.keys.map(
    ({ name }, index) => `e.${quoteIdentifier(view.keyColumns[index]!)} = s.${quoteIdentifier(keys[name] ?? name)}`,
  );
  const columns = Object.keys(view.source.columns).map((name) => `e.${quoteIdentifier(name)}`);
  return `SELECT s.rid, e.event_ts, e.arrival_ts, ${columns.join(', ')}
    FROM sampled s JOIN read_parquet([${files.map(quoteText).join(', ')}]) e ON ${joins.join(' AND ')}
    WHERE e.event_ts < s.at_us AND e.event_ts >= s.at_us - ${reachUs} AND e.arrival_ts <= s.at_us
    ORDER BY s.rid, e.arrival_ts, e.event_ts, e.event_seq`;
}

function loggedEvent({ event_ts, arrival_ts, ...row }: Row): LoggedEvent {
  return { partition: 0, offset: 0, eventTs: Number(event_ts), arrivalTs: Number(arrival_ts), row };
}

interface Comparison {
  readonly bundle: FeatureBundle;
  readonly label: Pipeline['definition']['label'];
  readonly values: OnlineValues;
}

async function compareRows(rows: readonly Row[], { bundle, label, values }: Comparison): Promise<RecomputedFeatures> {
  let rid = 0;
  const store = { read: readFrom(values, () => rid) } as OnlineStore;
  const reader = new OnlineFeatureReader(bundle, store);
  let checked = 0;
  const differences: FeatureDifference[] = [];
  for (const row of rows) {
    rid = Number(row.rid);
    const vector = await reader.read({
      entities: entitiesOf(reader, label, row),
      request: requestOf(label, row),
      atUs: Number(row.at_us),
    });
    for (const [position, name] of bundle.order.entries()) {
      checked++;
      const trained = numberOrNull(row[name] ?? Number.NaN);
      const known = numberOrNull(vector.values[position]!);
      if (same(trained, known)) continue;
      differences.push({ feature: name, labelId: String(row.label_id), atUs: Number(row.at_us), trained, known });
    }
  }
  return { rows: rows.length, checked, differences };
}

/** A store of the values that one sampled row would have met. */
function readFrom(values: OnlineValues, rid: () => number): OnlineStore['read'] {
  const offsets = { 0: 0 };
  return (keys) => ({
    values: keys.map(({ view, entityKey }) => values.get(valueKey(rid(), view, entityKey)) ?? null),
    offsets: keys.map(() => offsets),
  });
}

function entitiesOf(reader: OnlineFeatureReader, label: Comparison['label'], row: Row): Record<string, KeyValue[]> {
  return Object.fromEntries(
    reader.entities.map(({ name, keys }) => [
      name,
      keys.map((key) => row[label.entities[name]?.[key.name] ?? key.name] as KeyValue),
    ]),
  );
}

function requestOf(label: Comparison['label'], row: Row): Record<string, ExpressionValue> {
  return Object.fromEntries(
    Object.entries(label.request ?? {}).map(([input, column]) => [input, row[column] as ExpressionValue]),
  );
}

function numberOrNull(value: DuckDbValue): number | null {
  const number = Number(value);
  return Number.isNaN(number) ? null : number;
}

function same(trained: number | null, known: number | null): boolean {
  if (trained === null || known === null) return trained === known;
  const wanted = Math.fround(trained);
  return wanted === known || Math.abs(wanted - known) <= RELATIVE_TOLERANCE * Math.abs(wanted);
}
