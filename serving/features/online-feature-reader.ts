import {
  type CompiledAggregateView,
  type CompiledRequestView,
  type ExpressionValue,
  encodeEntityKey,
  type FeatureBundle,
  type FeatureToken,
  type KeyValue,
  SignalboxError,
  type ValueStatus,
} from '@signalbox/contracts';
import type { OnlineKey, OnlineReading, OnlineStore, PartitionOffsets } from '../stores/index.js';
import { type AggregateRead, type BundlePlan, compileBundlePlan } from './bundle-plan.js';
import { foldNothing, foldWindows, newestVisibleUs } from './fold-windows.js';
import { WATERMARK, wordsOf } from './online-value.js';

export interface FeatureRequest {
  /** Key values by entity name, in the order of the entity's keys. */
  readonly entities: Readonly<Record<string, readonly KeyValue[]>>;
  /** Inputs of request views by name. */
  readonly request: Readonly<Record<string, ExpressionValue>>;
  /** Values that the caller knows better, by `view.feature`; null is NULL. */
  readonly overrides?: Readonly<Record<string, number | null>>;
  /** T of the request, epoch microseconds. */
  readonly atUs: number;
}

/** One model input. All lists are in the order of the bundle. */
export interface FeatureVector {
  /** NaN is NULL. */
  readonly values: Float32Array;
  readonly statuses: readonly ValueStatus[];
  /** T minus the newest event that the value's entity has, microseconds; 0 for request features, NaN where no event was seen. */
  readonly agesUs: Float64Array;
  /** Replaying the log to this token gives `values` again. Its T is later than the request's where the store had already read further. */
  readonly token: FeatureToken;
  /** False: the online store did not answer, and every feature that needs it is NULL. */
  readonly complete: boolean;
}

/** Reads the features of one bundle. Made once a package; a read is one look-up for each aggregate view. */
export class OnlineFeatureReader {
  /** Entities that a request must name, and the inputs that it must send. */
  readonly entities: readonly CompiledAggregateView['entity'][];
  readonly inputs: CompiledRequestView['inputs'];
  readonly #plan: BundlePlan;
  readonly #store: OnlineStore;
  /** The offsets of the last read by view, and the token part made of them: they move far less often than requests come. */
  #lastViews: { offsets: readonly (PartitionOffsets | null)[]; views: FeatureToken['views'] } | null = null;

  constructor(bundle: FeatureBundle, store: OnlineStore) {
    this.#plan = compileBundlePlan(bundle);
    this.#store = store;
    this.entities = this.#plan.entities;
    this.inputs = this.#plan.inputs;
  }

  /**
   * Answers at once where the store is in process. Errors: `serving/bad-request` for an entity that is not named, `store/unavailable` where the store
   * does not answer or does not hold a view.
   */
  read(request: FeatureRequest): FeatureVector | Promise<FeatureVector> {
    const { reads } = this.#plan;
    if (reads.length === 0) return this.#assemble(request, { values: [], offsets: [] });
    const keys = new Array<OnlineKey>(reads.length);
    for (let i = 0; i < reads.length; i++) keys[i] = keyOf(reads[i]!, request);
    const reading = this.#store.read(keys);
    return reading instanceof Promise
      ? reading.then((found) => this.#assemble(request, found))
      : this.#assemble(request, reading);
  }

  /** What is known without the store: request features and overrides; everything else is NULL. For a degraded answer. */
  readWithoutStore(request: FeatureRequest): FeatureVector {
    const vector = this.#blank();
    vector.values.fill(Number.NaN);
    vector.statuses.fill('NULL');
    vector.agesUs.fill(Number.NaN);
    this.#addRequestFeatures(vector, request);
    applyOverrides(this.#plan, vector, request.overrides);
    return { ...vector, token: { atUs: request.atUs, views: {} }, complete: false };
  }

  /** Names of views that the store does not hold yet: a pod is not ready before they are backfilled. */
  async missingViews(): Promise<readonly string[]> {
    const missing: string[] = [];
    for (const { layout } of this.#plan.reads)
      if ((await this.#store.appliedOffsets(layout.view.digest)) === null) missing.push(layout.view.name);
    return missing;
  }

  #blank() {
    const size = this.#plan.order.length;
    return {
      values: new Float32Array(size),
      statuses: new Array<ValueStatus>(size),
      agesUs: new Float64Array(size),
    };
  }

  #assemble(request: FeatureRequest, reading: OnlineReading): FeatureVector {
    const vector = this.#blank();
    const { reads } = this.#plan;
    const views = this.#tokenViews(reading.offsets);
    let atUs = request.atUs;
    const words = new Array<Float64Array | null>(reads.length);
    for (let i = 0; i < reads.length; i++) {
      const value = reading.values[i]!;
      words[i] = value && wordsOf(reads[i]!.layout, value);
      // A settled tile cannot be cut at an earlier T, so T is never before what the values hold.
      if (words[i]) atUs = Math.max(atUs, words[i]![WATERMARK]!);
    }
    for (let i = 0; i < reads.length; i++) addView(reads[i]!, { vector, words: words[i]!, atUs });
    this.#addRequestFeatures(vector, request);
    applyOverrides(this.#plan, vector, request.overrides);
    return { ...vector, token: { atUs, views }, complete: true };
  }

  #tokenViews(offsets: readonly (PartitionOffsets | null)[]): FeatureToken['views'] {
    const last = this.#lastViews;
    if (last !== null && offsets.every((each, i) => each === last.offsets[i])) return last.views;
    const views: Record<string, PartitionOffsets> = {};
    for (const [i, { layout }] of this.#plan.reads.entries()) {
      const applied = offsets[i] ?? null;
      if (applied === null) throw notMaterialized(layout.view);
      views[layout.view.digest] = applied;
    }
    this.#lastViews = { offsets, views };
    return views;
  }

  #addRequestFeatures(vector: { values: Float32Array; statuses: ValueStatus[] }, request: FeatureRequest): void {
    if (this.#plan.computed.length === 0) return;
    const row = { ...request.request, at: request.atUs };
    for (const { position, evaluate } of this.#plan.computed) {
      const value = evaluate(row);
      vector.values[position] = value === null ? Number.NaN : Number(value);
      vector.statuses[position] = value === null ? 'NULL' : 'PRESENT';
    }
  }
}

function keyOf({ layout }: AggregateRead, request: FeatureRequest): OnlineKey {
  const { entity, digest, name } = layout.view;
  const values = request.entities[entity.name];
  if (values === undefined) throw badEntity(entity, `is missing: the features of ${name} need it`);
  if (values.length !== entity.keys.length) throw badEntity(entity, `has ${values.length} keys`);
  for (let i = 0; i < values.length; i++) {
    const { name: key, type } = entity.keys[i]!;
    const fits = type === 'string' ? typeof values[i] === 'string' : Number.isSafeInteger(values[i]);
    if (!fits) throw badEntity(entity, `has ${key} = ${JSON.stringify(values[i])}, expected ${type}`);
  }
  return { view: digest, entityKey: encodeEntityKey(values) };
}

function badEntity(entity: CompiledAggregateView['entity'], wrong: string): SignalboxError {
  const keys = entity.keys.map(({ name, type }) => `"${name}": <${type}>`).join(', ');
  return new SignalboxError('serving/bad-request', `entities.${entity.name} ${wrong}`, {
    hint: `Send "entities": {"${entity.name}": {${keys}}}.`,
  });
}

function addView(
  { layout, fold, positions }: AggregateRead,
  {
    vector,
    words,
    atUs,
  }: {
    readonly vector: { values: Float32Array; statuses: ValueStatus[]; agesUs: Float64Array };
    readonly words: Float64Array | null;
    readonly atUs: number;
  },
): void {
  if (words === null) foldNothing(fold, vector.values);
  else foldWindows(fold, words, { atUs, out: vector.values });
  const age = words === null ? Number.NaN : atUs - newestVisibleUs(layout, words, atUs);
  for (const position of positions) {
    vector.agesUs[position] = Number.isFinite(age) ? age : Number.NaN;
    vector.statuses[position] =
      words === null ? 'NOT_FOUND' : Number.isNaN(vector.values[position]!) ? 'NULL' : 'PRESENT';
  }
}

function applyOverrides(
  plan: BundlePlan,
  vector: { values: Float32Array; statuses: ValueStatus[]; agesUs: Float64Array },
  overrides: FeatureRequest['overrides'],
): void {
  if (overrides === undefined) return;
  for (const [name, value] of Object.entries(overrides)) {
    const position = plan.positions.get(name);
    if (position === undefined) {
      throw new SignalboxError('serving/bad-request', `features.${name} is not a feature of this model`, {
        hint: `It has: ${plan.order.slice(0, 20).join(', ')}.`,
      });
    }
    vector.values[position] = value ?? Number.NaN;
    vector.statuses[position] = value === null ? 'NULL' : 'PRESENT';
    vector.agesUs[position] = 0;
  }
}

function notMaterialized(view: CompiledAggregateView): SignalboxError {
  return new SignalboxError('store/unavailable', `the online store does not hold the feature view ${view.name}`, {
    hint: 'Backfill it: `signalbox materialize --env <env> --backfill <model>@<version>`.',
    retryable: true,
  });
}
