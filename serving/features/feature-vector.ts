import type { FeatureToken, ValueStatus } from '@signalbox/contracts';
import type { BundlePlan } from './bundle-plan.js';

/** One model input. All lists are in the order of the bundle. */
export interface FeatureVector {
  /** NaN is NULL. */
  readonly values: Float32Array;
  readonly statuses: readonly ValueStatus[];
  /** T minus the newest event that the value's entity has, microseconds; 0 for request features and overrides, NaN where no event was seen. */
  readonly agesUs: readonly number[];
  /** Replaying the log to this token gives `values` again. Its T is later than the request's where the store had already read further. */
  readonly token: FeatureToken;
  /** False: the online store did not answer, and every feature that needs it is NULL. */
  readonly complete: boolean;
  /** Aggregate views whose entity the online store does not know: features of theirs are NOT_FOUND. */
  readonly missingViews: readonly string[];
}

/** What a read found of each aggregate view, in the order of the plan's reads. */
export interface ViewFinding {
  readonly found: boolean;
  readonly ageUs: number;
}

const NONE: readonly string[] = [];

/** A vector whose statuses and ages are made when somebody asks: most requests only want the values. */
export class ReadVector implements FeatureVector {
  readonly values: Float32Array;
  readonly token: FeatureToken;
  readonly complete: boolean;
  readonly #plan: BundlePlan;
  readonly #findings: readonly ViewFinding[];
  readonly #overrides: Readonly<Record<string, number | null>>;
  #statuses: ValueStatus[] | null = null;
  #agesUs: number[] | null = null;

  constructor(
    plan: BundlePlan,
    read: {
      readonly values: Float32Array;
      readonly token: FeatureToken;
      readonly complete: boolean;
      readonly findings: readonly ViewFinding[];
      readonly overrides: Readonly<Record<string, number | null>> | undefined;
    },
  ) {
    this.values = read.values;
    this.token = read.token;
    this.complete = read.complete;
    this.#plan = plan;
    this.#findings = read.findings;
    this.#overrides = read.overrides ?? {};
  }

  get missingViews(): readonly string[] {
    if (this.#findings.every(({ found }) => found)) return NONE;
    return this.#plan.reads.flatMap(({ layout }, view) => (this.#isMissing(view) ? layout.view.name : []));
  }

  get statuses(): readonly ValueStatus[] {
    this.#statuses ??= Array.from(this.values, (value, position) => {
      if (this.complete && this.#finding(position)?.found === false) return 'NOT_FOUND';
      return Number.isNaN(value) ? 'NULL' : 'PRESENT';
    });
    return this.#statuses;
  }

  get agesUs(): readonly number[] {
    this.#agesUs ??= Array.from(this.values, (_, position) => {
      const view = this.#plan.viewAt[position]!;
      if (view < 0 || this.#isOverridden(position)) return 0;
      return this.#findings[view]?.ageUs ?? Number.NaN;
    });
    return this.#agesUs;
  }

  /** A view of which the caller gave every feature is not missed. */
  #isMissing(view: number): boolean {
    if (this.#findings[view]?.found !== false) return false;
    return this.#plan.order.some(
      (_, position) => this.#plan.viewAt[position] === view && !this.#isOverridden(position),
    );
  }

  #finding(position: number): ViewFinding | undefined {
    return this.#isOverridden(position) ? undefined : this.#findings[this.#plan.viewAt[position]!];
  }

  #isOverridden(position: number): boolean {
    return Object.hasOwn(this.#overrides, this.#plan.order[position]!);
  }
}
