import {
  type Attempt,
  type AttemptFailure,
  type Breakers,
  degradedReason,
  type FailedAttempt,
  nextStep,
} from '../degradation/index.js';
import type { FeatureVector } from '../features/index.js';
import type { RowFailure } from '../runtime/index.js';
import { assemble } from './assemble.js';
import { evidenceRoute } from './evidence-route.js';
import type { LoadedVersion } from './loaded-version.js';
import { missingInputs } from './missing-inputs.js';
import type { Prediction, PredictionCallback } from './prediction.js';
import type { PredictorOptions } from './predictor-options.js';
import { recordAnswer, recordFailure, recordNoAnswer } from './record.js';
import type { PredictRequest } from './request.js';
import type { ServingTable, TableVersion } from './serving-table.js';

export interface RunInput {
  readonly table: ServingTable;
  readonly request: PredictRequest;
  readonly attempts: readonly Attempt[];
  /** Of the unit, and the place of its segment: by these it is counted. */
  readonly bucket: number;
  readonly segment: number;
}

const NO_FAILURES: readonly FailedAttempt[] = [];

/** One request on its way through the attempts. Callbacks, not promises: this is the hot path. */
export class PredictionRun {
  readonly #options: PredictorOptions;
  readonly #input: RunInput;
  readonly #done: PredictionCallback;
  readonly #startedMs: number;
  /** When the version, or the rule, that is at work was asked. */
  #askedMs: number;
  #failures: readonly FailedAttempt[] = NO_FAILURES;
  /** Of the last attempt that got as far as features. */
  #vector: FeatureVector | null = null;
  #vectorOf: LoadedVersion | null = null;

  constructor(options: PredictorOptions, input: RunInput, done: PredictionCallback) {
    this.#options = options;
    this.#input = input;
    this.#done = done;
    this.#startedMs = options.now();
    this.#askedMs = this.#startedMs;
  }

  start(): void {
    const { table, attempts } = this.#input;
    const chosen = attempts[0]!;
    table.enter();
    if (chosen.role === 'candidate' && table.breakers.isOpen(chosen.version)) {
      this.#failures = [{ attempt: chosen, failure: { kind: 'cut-off' } }];
    }
    this.#next();
  }

  #next(): void {
    const { table, attempts } = this.#input;
    const step = nextStep(attempts, this.#failures.length, table.rule !== null && attempts[0]?.role !== 'pinned');
    if (this.#failures.length > 0) this.#askedMs = this.#options.now();
    if (step.kind === 'ask') this.#ask(step.attempt);
    else if (step.kind === 'rule') this.#applyRule();
    else this.#giveUp();
  }

  #ask(attempt: Attempt): void {
    const { table, request } = this.#input;
    const loaded = table.versions.get(attempt.version)?.loaded ?? null;
    if (loaded === null) {
      this.#fail(attempt, { kind: 'not-loaded' });
      return;
    }
    const names = missingInputs(loaded, request);
    if (names !== null) {
      this.#fail(attempt, { kind: 'missing-inputs', names });
      return;
    }
    assemble(loaded, request, (vector) => this.#score(attempt, loaded, vector));
  }

  #score(attempt: Attempt, loaded: LoadedVersion, vector: FeatureVector): void {
    const { table, request } = this.#input;
    this.#vector = vector;
    this.#vectorOf = loaded;
    const limitMs = Math.min(table.manifest.limits.timeoutMs, request.timeoutMs ?? Number.POSITIVE_INFINITY);
    loaded.batcher.submit(vector.values, this.#options.now() + limitMs, (score, failure) => {
      const problem = failureOf(score, failure);
      if (problem === null) this.#answer(attempt.role, { version: attempt.version, score });
      else this.#fail(attempt, problem);
    });
  }

  #fail(attempt: Attempt, failure: AttemptFailure): void {
    const { table } = this.#input;
    if (failure.kind === 'error') this.#options.onProblem(`version ${attempt.version}: ${failure.problem}`);
    recordFailure(table, attempt, failure);
    if (!this.#isImpatience(failure)) this.#countFailure(attempt, failure);
    this.#failures = [...this.#failures, { attempt, failure }];
    this.#next();
  }

  #applyRule(): void {
    const { table } = this.#input;
    const score = table.rule!(this.#knownFeatures());
    if (score === null) this.#giveUp();
    else this.#answer('rule', { version: table.manifest.champion, score });
  }

  /** By name, null where unknown: what the last attempt read, or nothing. */
  #knownFeatures(): Record<string, number | null> {
    const features: Record<string, number | null> = {};
    if (this.#vectorOf === null || this.#vector === null) return features;
    let column = 0;
    for (const name of this.#vectorOf.bundle.order) {
      const value = this.#vector.values[column]!;
      features[name] = Number.isNaN(value) ? null : value;
      column += 1;
    }
    return features;
  }

  #answer(role: Prediction['role'], { version, score }: { version: number; score: number }): void {
    const { table, request, segment } = this.#input;
    const by = table.versions.get(version)!;
    const wallMs = this.#options.wallNow();
    const prediction: Prediction = {
      id: this.#options.ids.next(by.idPrefix, wallMs),
      score,
      role,
      segment: table.manifest.segments[segment]?.name ?? null,
      by,
      table,
      request,
      vector: this.#vectorFor(by.loaded),
      degraded: degradedReason(this.#failures, this.#vector?.complete === false),
      failures: this.#failures,
    };
    const endedMs = this.#options.now();
    this.#countAnswer(prediction, endedMs - this.#askedMs);
    this.#tellBreakers(role, { nowMs: endedMs, wallMs });
    recordAnswer(this.#options, prediction, { wallMs, seconds: (endedMs - this.#startedMs) / 1000 });
    this.#done(prediction, null);
    table.leave();
  }

  #giveUp(): void {
    const { table, request, attempts } = this.#input;
    const by = table.versions.get(attempts[0]!.version)!;
    const failures = this.#failures;
    const reason = degradedReason(failures, this.#vector?.complete === false) ?? 'nothing could answer';
    recordNoAnswer(this.#options, {
      ...{ by, table, request, failures, score: null, role: 'none', degraded: reason },
      vector: this.#vectorFor(by.loaded),
    });
    const busy = failures.some(({ failure }) => failure.kind === 'overloaded' || failure.kind === 'timeout');
    this.#done(null, { reason, overloaded: busy });
    table.leave();
  }

  /** A failure speaks against the chosen version where another one answered. That only the rule could answer speaks against nobody: all versions failed. */
  #tellBreakers(role: Prediction['role'], moment: Parameters<Breakers['failed']>[1]): void {
    const { table, attempts } = this.#input;
    const chosen = attempts[0]!;
    if (chosen.role !== 'candidate') return;
    const first = this.#failures[0];
    if (first === undefined) table.breakers.answered(chosen.version);
    else if (role !== 'rule' && !this.#isImpatience(first.failure)) table.breakers.failed(first, moment);
  }

  #countAnswer({ by, role, score, vector, degraded }: Prediction, ms: number): void {
    const cell = this.#cellOf(by, role);
    if (cell === undefined) return;
    cell.asked(ms, this.#input.bucket);
    if (vector !== null) cell.read(vector.values);
    cell.scored(score);
    if (degraded !== null) cell.degraded();
  }

  #countFailure({ version, role }: Attempt, { kind }: AttemptFailure): void {
    const by = this.#input.table.versions.get(version);
    const cell = this.#cellOf(by, role);
    if (cell === undefined) return;
    cell.asked(this.#options.now() - this.#askedMs, this.#input.bucket);
    const vector = this.#vectorFor(by?.loaded ?? null);
    if (vector !== null) cell.read(vector.values);
    cell.failed(kind);
  }

  /** Where it counts that a version is asked now; undefined where nothing is counted. */
  #cellOf(by: TableVersion | undefined, role: Prediction['role']) {
    const { request, segment } = this.#input;
    const route = evidenceRoute(role, this.#failures.length);
    return route === null ? undefined : by?.evidence?.of(route, segment).at(request.atUs);
  }

  /** A caller that gave it less time than the manifest: that says nothing about the version. */
  #isImpatience({ kind }: AttemptFailure): boolean {
    const { table, request } = this.#input;
    return kind === 'timeout' && request.timeoutMs !== null && request.timeoutMs < table.manifest.limits.timeoutMs;
  }

  /** What this very version read: a vector of another package would not fit it. */
  #vectorFor(loaded: LoadedVersion | null): FeatureVector | null {
    return loaded !== null && this.#vectorOf === loaded ? this.#vector : null;
  }
}

/** A score that is not a finite number is a failure of the version that gave it. */
export function failureOf(score: number, failure: RowFailure | null): AttemptFailure | null {
  if (failure !== null) return failure;
  return Number.isFinite(score) ? null : { kind: 'not-finite' };
}
