import {
  type CompiledAggregateView,
  type CompiledRequestView,
  type ExpressionValue,
  encodeEntityKey,
  type FeatureBundle,
  type FeatureToken,
  type KeyValue,
  SignalboxError,
} from '@signalbox/contracts';
import type { OnlineKey, OnlineReading, OnlineStore, PartitionOffsets } from '../stores/index.js';
import { type AggregateRead, type BundlePlan, compileBundlePlan } from './bundle-plan.js';
import { type FeatureVector, ReadVector, type ViewFinding } from './feature-vector.js';
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
    const values = new Float32Array(this.#plan.order.length).fill(Number.NaN);
    return this.#finish(request, { values, findings: [], token: { atUs: request.atUs, views: {} }, complete: false });
  }

  /** Names of views that the store does not hold yet: a pod is not ready before they are backfilled. */
  async missingViews(): Promise<readonly string[]> {
    const missing: string[] = [];
    for (const { layout } of this.#plan.reads)
      if ((await this.#store.appliedOffsets(layout.view.digest)) === null) missing.push(layout.view.name);
    return missing;
  }

  #assemble(request: FeatureRequest, reading: OnlineReading): FeatureVector {
    const { reads, order } = this.#plan;
    const views = this.#tokenViews(reading.offsets);
    let atUs = request.atUs;
    const words = new Array<Float64Array | null>(reads.length);
    for (let i = 0; i < reads.length; i++) {
      const value = reading.values[i]!;
      const found = value && wordsOf(reads[i]!.layout, value);
      words[i] = found;
      // A settled tile cannot be cut at an earlier T, so T is never before what the values hold.
      if (found && found[WATERMARK]! > atUs) atUs = found[WATERMARK]!;
    }
    const values = new Float32Array(order.length);
    const findings = new Array<ViewFinding>(reads.length);
    for (let i = 0; i < reads.length; i++) findings[i] = foldView(reads[i]!, words[i]!, { atUs, out: values });
    return this.#finish(request, { values, findings, token: { atUs, views }, complete: true });
  }

  #finish(
    request: FeatureRequest,
    read: { values: Float32Array; findings: readonly ViewFinding[]; token: FeatureToken; complete: boolean },
  ): FeatureVector {
    if (this.#plan.computed.length > 0) {
      const row = { ...request.request, at: request.atUs };
      for (const { position, evaluate } of this.#plan.computed) {
        const value = evaluate(row);
        read.values[position] = value === null ? Number.NaN : Number(value);
      }
    }
    if (request.overrides !== undefined) applyOverrides(this.#plan, read.values, request.overrides);
    return new ReadVector(this.#plan, { ...read, overrides: request.overrides });
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

function foldView(
  { layout, fold }: AggregateRead,
  words: Float64Array | null,
  read: { readonly atUs: number; readonly out: Float32Array },
): ViewFinding {
  if (words === null) {
    foldNothing(fold, read.out);
    return NOT_FOUND;
  }
  foldWindows(fold, words, read);
  const ageUs = read.atUs - newestVisibleUs(layout, words, read.atUs);
  return { found: true, ageUs: Number.isFinite(ageUs) ? ageUs : Number.NaN };
}

const NOT_FOUND: ViewFinding = { found: false, ageUs: Number.NaN };

function applyOverrides(
  plan: BundlePlan,
  values: Float32Array,
  overrides: Readonly<Record<string, number | null>>,
): void {
  for (const [name, value] of Object.entries(overrides)) {
    const position = plan.positions.get(name);
    if (position === undefined) {
      throw new SignalboxError('serving/bad-request', `features.${name} is not a feature of this model`, {
        hint: `It has: ${plan.order.slice(0, 20).join(', ')}.`,
      });
    }
    values[position] = value ?? Number.NaN;
  }
}

function notMaterialized(view: CompiledAggregateView): SignalboxError {
  return new SignalboxError('store/unavailable', `the online store does not hold the feature view ${view.name}`, {
    hint: 'Backfill it: `signalbox materialize --env <env> --backfill <model>@<version>`.',
    retryable: true,
  });
}
