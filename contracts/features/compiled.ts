import type { AggregateFunction } from '../documents/feature-view.js';
import type { ColumnType } from '../documents/source.js';

/**
 * Feature definitions, compiled: what both paths execute. Pure data, canonical JSON, content-addressed: a package carries
 * the bundle that its model was trained with, and the materializer keeps tiles for a view by the view's digest.
 *
 * All times are epoch microseconds UTC, held in JavaScript numbers (exact until the year 2255).
 */
export interface CompiledEntity {
  readonly name: string;
  readonly keys: readonly { readonly name: string; readonly type: 'string' | 'int' }[];
}

/** What both paths need of a source: its columns, and when an event happened, was observed, and may be late. */
export interface CompiledSource {
  readonly name: string;
  readonly columns: Readonly<Record<string, ColumnType>>;
  readonly eventTime: string;
  /** CEL over the columns, in microseconds; absent: observed when it happened. */
  readonly observedAt?: string;
  readonly allowedLatenessUs: number;
  readonly futureSkewUs: number;
}

/**
 * A partial aggregate over one input: what a tile stores. Merging two tiles merges slot by slot:
 * `count` and `sum` add, `min` and `max` take the smaller and the larger. NULL inputs are ignored; an empty slot is
 * 0 for `count` and `sum`, and +Infinity / -Infinity for `min` / `max`.
 */
export interface PartialSlot {
  readonly op: 'count' | 'sum' | 'min' | 'max';
  /** CEL over the source columns; null counts every event. A boolean input counts as 1 when true and is ignored by `count` only when NULL. */
  readonly input: string | null;
}

/** One window feature: which slots it reads, over which window. */
export interface WindowFeature {
  readonly name: string;
  readonly function: AggregateFunction;
  readonly windowUs: number;
  /** Sawtooth: the tail is floored to this hop. Exact: 0. */
  readonly hopUs: number;
  /** Indexes into `slots`. count: [count]; sum: [sum, count]; mean and share: [sum, count]; min, max: [min|max]. */
  readonly slots: readonly number[];
}

export interface CompiledAggregateView {
  readonly kind: 'aggregate';
  readonly name: string;
  /** Digest of everything that changes a value, the source's semantics included. */
  readonly digest: string;
  readonly entity: CompiledEntity;
  /** Source column of each entity key, in key order. */
  readonly keyColumns: readonly string[];
  readonly source: CompiledSource;
  readonly mode: 'sawtooth' | 'exact';
  readonly delayUs: number;
  readonly slots: readonly PartialSlot[];
  readonly features: readonly WindowFeature[];
}

export interface CompiledRequestView {
  readonly kind: 'request';
  readonly name: string;
  readonly digest: string;
  readonly inputs: Readonly<
    Record<
      string,
      { readonly type: 'int' | 'double' | 'string' | 'bool'; readonly min?: number; readonly max?: number }
    >
  >;
  readonly features: readonly { readonly name: string; readonly expression: string }[];
}

export type CompiledView = CompiledAggregateView | CompiledRequestView;

/** The definitions one model uses, in the order of its input: what a package carries as `features.json`. */
export interface FeatureBundle {
  readonly schema: 'signalbox/feature-bundle/1';
  readonly views: readonly CompiledView[];
  /** `view.feature`, in model input order. */
  readonly order: readonly string[];
}

/** What became of one feature value. `EXPIRED` is for views with a time to live. */
export type ValueStatus = 'PRESENT' | 'NULL' | 'NOT_FOUND' | 'EXPIRED';
