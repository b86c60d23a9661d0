import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompiledAggregateView, FeatureBundle, PredictionRecord, SnapshotRecord } from '@signalbox/contracts';
import type { BlobStore, EventLog } from '@signalbox/serving/stores';
import { type HistoricalEvents, type HistoricalRequest, historicalFeatures } from '../dataset/index.js';
import { CLASS_MEANINGS, classifyValue, numericClasses, PARITY_CLASSES, type ParityClass } from './classify.js';
import { eventHistory } from './event-history.js';

/** Served answers of one package, and what its features are made from. */
export interface ParityGroup {
  readonly bundle: FeatureBundle;
  /** One a source: what the online store was filled from. */
  readonly snapshots: ReadonlyMap<string, SnapshotRecord>;
  readonly records: readonly PredictionRecord[];
}

export interface ParityRequest {
  readonly groups: readonly ParityGroup[];
  readonly store: BlobStore;
  readonly log: EventLog;
  readonly signal?: AbortSignal;
}

export type ClassCounts = Readonly<Record<ParityClass, number>>;

/** A value that no class explains, or the first few of them: enough to start looking. */
export interface ParityExample {
  readonly predictionId: string;
  readonly feature: string;
  readonly served: number | null;
  readonly asOfT: number | null;
  readonly asOfToken: number | null;
  readonly token: PredictionRecord['token'];
}

export interface ParityReport {
  /** Answers that were recomputed, and the values in them. */
  readonly checked: number;
  readonly values: number;
  /** Values without any explanation: more than none is a defect. */
  readonly unexplained: number;
  /** Answers by their worst class. */
  readonly classes: readonly { readonly name: ParityClass; readonly count: number; readonly meaning: string }[];
  /** Values by class, for each feature. */
  readonly features: Readonly<Record<string, ClassCounts>>;
  readonly examples: readonly ParityExample[];
}

const MAX_EXAMPLES = 5;

/**
 * Recomputes served features by the offline path, as of T and as of the token that the answer carried, and says for each value why it is or is not
 * equal. Features that the caller provided are left out. Errors: those of the stores and of DuckDB.
 */
export async function checkParity(request: ParityRequest): Promise<ParityReport> {
  const tally = new Tally();
  const folder = await mkdtemp(join(tmpdir(), 'signalbox-parity-'));
  try {
    for (const group of request.groups) {
      request.signal?.throwIfAborted();
      if (group.records.length > 0) await checkGroup(request, group, { tally, folder });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return tally.report();
}

async function checkGroup(
  request: ParityRequest,
  group: ParityGroup,
  { tally, folder }: { readonly tally: Tally; readonly folder: string },
): Promise<void> {
  const { bundle, records } = group;
  const events = await eventsOfGroup(request, group, folder);
  const question = { bundle, events, ...(request.signal && { signal: request.signal }) };
  const asOfT = await historicalFeatures({ ...question, requests: records.map((record) => asOf(record, 'T')) });
  const classes = numericClasses(bundle);
  // Most answers are equal as of T, and only the others need the dearer question.
  const differing = records.flatMap((record, row) => (isEqual(record, asOfT[row]!, bundle.order) ? [] : [row]));
  const whole = await tokenCompleter(request.log, bundle);
  const tokenRequests = differing.map((row) => asOf({ ...records[row]!, token: whole(records[row]!.token) }, 'token'));
  const asOfToken = await historicalFeatures({ ...question, requests: tokenRequests });
  const tokenRow = new Map(differing.map((row, i) => [row, asOfToken[i]!]));
  for (const [row, record] of records.entries()) {
    const views = viewsOfOrder(bundle);
    const values = bundle.order.flatMap((feature, column) => {
      if (record.provided.includes(feature)) return [];
      const view = views[column]!;
      // A request feature is computed at T, whatever the store had read.
      const token = view === null ? asOfT[row]! : (tokenRow.get(row) ?? asOfT[row]!);
      const value = {
        served: record.features[column] ?? Number.NaN,
        asOfT: asOfT[row]![column]!,
        asOfToken: token[column]!,
      };
      const sameView = view === null || view.digest in record.token.views;
      return [{ feature, ...value, class: classifyValue({ ...value, numeric: classes[column]!, sameView }) }];
    });
    tally.add(record, values);
  }
}

/** The aggregate view behind each feature of the order; null for request features. */
function viewsOfOrder(bundle: FeatureBundle): (CompiledAggregateView | null)[] {
  const views = new Map(bundle.views.map((view) => [view.name, view.kind === 'aggregate' ? view : null]));
  return bundle.order.map((name) => views.get(name.slice(0, name.indexOf('.'))) ?? null);
}

/** What the caller provided is compared with nothing: no log of ours has it. */
function isEqual(record: PredictionRecord, offline: Float64Array, order: FeatureBundle['order']): boolean {
  return record.features.every((served, column) => {
    if (record.provided.includes(order[column]!)) return true;
    return served === null ? Number.isNaN(offline[column]) : served === Math.fround(offline[column]!);
  });
}

function asOf({ entities, request, atUs, token }: PredictionRecord, moment: 'T' | 'token'): HistoricalRequest {
  return moment === 'T' ? { entities, request, atUs } : { entities, request, atUs: token.atUs, offsets: token.views };
}

/** A token names only the partitions that were read; of every other one, nothing had been. */
async function tokenCompleter(
  log: EventLog,
  { views }: FeatureBundle,
): Promise<(token: PredictionRecord['token']) => PredictionRecord['token']> {
  const unread = new Map<string, Record<number, number>>();
  for (const view of views) {
    if (view.kind !== 'aggregate') continue;
    const partitions = await log.endOffsets(view.source.name);
    unread.set(view.digest, Object.fromEntries(partitions.map((_, partition) => [partition, 0])));
  }
  const completed = ([digest, offsets]: [string, Readonly<Record<number, number>>]) =>
    [digest, { ...unread.get(digest), ...offsets }] as const;
  return ({ atUs, views: read }) => ({ atUs, views: Object.fromEntries(Object.entries(read).map(completed)) });
}

async function eventsOfGroup(
  { store, log }: ParityRequest,
  { bundle, snapshots, records }: ParityGroup,
  folder: string,
): Promise<ReadonlyMap<string, HistoricalEvents>> {
  const moments = records.flatMap(({ atUs, token }) => [atUs, token.atUs]);
  const [fromUs, toUs] = moments.reduce(
    ([low, high], at) => [Math.min(low, at), Math.max(high, at)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const aggregates = bundle.views.filter((view) => view.kind === 'aggregate');
  const events = new Map<string, HistoricalEvents>();
  for (const source of new Set(aggregates.map((view) => view.source.name))) {
    const views = aggregates.filter((view) => view.source.name === source);
    const part = await mkdtemp(join(folder, 'part-'));
    events.set(
      source,
      await eventHistory({
        views,
        snapshot: snapshots.get(source)!,
        store,
        log,
        fromUs: fromUs!,
        toUs: toUs!,
        folder: part,
      }),
    );
  }
  return events;
}

interface ClassifiedValue {
  readonly feature: string;
  readonly served: number;
  readonly asOfT: number;
  readonly asOfToken: number;
  readonly class: ParityClass;
}

class Tally {
  readonly #features = new Map<string, Record<ParityClass, number>>();
  readonly #answers = noCounts();
  readonly #examples: ParityExample[] = [];
  #checked = 0;
  #values = 0;

  add(record: PredictionRecord, values: readonly ClassifiedValue[]): void {
    this.#checked++;
    this.#values += values.length;
    let worst = 0;
    for (const value of values) {
      worst = Math.max(worst, PARITY_CLASSES.indexOf(value.class));
      let counts = this.#features.get(value.feature);
      if (counts === undefined) {
        counts = noCounts();
        this.#features.set(value.feature, counts);
      }
      counts[value.class]++;
      if (value.class === 'unexplained' && this.#examples.length < MAX_EXAMPLES)
        this.#examples.push(example(record, value));
    }
    this.#answers[PARITY_CLASSES[worst]!]++;
  }

  report(): ParityReport {
    const features = Object.fromEntries(this.#features);
    return {
      checked: this.#checked,
      values: this.#values,
      unexplained: Object.values(features).reduce((sum, counts) => sum + counts.unexplained, 0),
      classes: PARITY_CLASSES.map((name) => ({ name, count: this.#answers[name], meaning: CLASS_MEANINGS[name] })),
      features,
      examples: this.#examples,
    };
  }
}

function noCounts(): Record<ParityClass, number> {
  return { equal: 0, float: 0, freshness: 0, definition: 0, unexplained: 0 };
}

const orNull = (value: number): number | null => (Number.isNaN(value) ? null : value);

function example({ id, token }: PredictionRecord, value: ClassifiedValue): ParityExample {
  const { feature, served, asOfT, asOfToken } = value;
  const values = { served: orNull(served), asOfT: orNull(asOfT), asOfToken: orNull(asOfToken) };
  return { predictionId: id, feature, ...values, token };
}
