import { type AttemptFailure, degradedReason, type FailedAttempt } from '../degradation/index.js';
import type { FeatureVector } from '../features/index.js';
import { assemble } from './assemble.js';
import type { ChampionScore } from './champion-score.js';
import { missingInputs } from './missing-inputs.js';
import { failureOf } from './prediction-run.js';
import type { PredictorOptions } from './predictor-options.js';
import { logPrediction, recordFailure } from './record.js';
import type { PredictRequest } from './request.js';
import type { ServingTable, TableVersion } from './serving-table.js';

/** Copies of one model in flight; past it copies are dropped, never queued: a slow shadow must not grow a backlog. */
export const MAX_SHADOWS_IN_FLIGHT = 64;

export interface ShadowCopy {
  readonly table: ServingTable;
  readonly request: PredictRequest;
  readonly version: number;
  /** Of the unit, and the place of its segment. */
  readonly bucket: number;
  readonly segment: number;
  /** Of the live answer to the same request. */
  readonly champion: ChampionScore;
}

/**
 * Asks a version beside the live one and throws its answer away, after counting and logging it. It starts after the live row has been handed
 * over, runs on the thread of its own version, and nothing that happens to it can reach the caller.
 */
export function runShadow(options: PredictorOptions, copy: ShadowCopy): void {
  const { table } = copy;
  if (table.shadows >= MAX_SHADOWS_IN_FLIGHT) {
    table.metrics.shadowsDropped.series({ model: table.manifest.model }).value += 1;
    return;
  }
  table.shadows += 1;
  table.enter();
  const finished = (): void => {
    table.shadows -= 1;
    table.leave();
  };
  setImmediate(() => {
    try {
      ask(options, copy, (outcome) => {
        // Counted when both have ended, so that a difference of scores stands in the cell that has the score.
        copy.champion.whenSettled((championScore) => {
          count(copy, outcome, championScore);
          log(options, copy, outcome);
          finished();
        });
      });
    } catch (error) {
      finished();
      options.onProblem(`shadow version ${copy.version}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

/** What became of a copy. */
interface Outcome {
  readonly by: TableVersion;
  readonly score: number;
  readonly failure: AttemptFailure | null;
  readonly vector: FeatureVector | null;
  readonly ms: number;
}

function ask(options: PredictorOptions, copy: ShadowCopy, ended: (outcome: Outcome) => void): void {
  const { table, request, version } = copy;
  const by = table.versions.get(version)!;
  const askedMs = options.now();
  const end = (score: number, failure: AttemptFailure | null, vector: FeatureVector | null): void =>
    ended({ by, score, failure, vector, ms: options.now() - askedMs });
  if (by.loaded === null) {
    end(Number.NaN, { kind: 'not-loaded' }, null);
    return;
  }
  const names = missingInputs(by.loaded, request);
  if (names !== null) {
    end(Number.NaN, { kind: 'missing-inputs', names }, null);
    return;
  }
  const { batcher } = by.loaded;
  assemble(by.loaded, request, (vector) => {
    batcher.submit(vector.values, options.now() + table.manifest.limits.timeoutMs, (score, failure) => {
      end(score, failureOf(score, failure), vector);
    });
  });
}

function count(
  { table, request, version, bucket, segment }: ShadowCopy,
  { by, score, failure, vector, ms }: Outcome,
  championScore: number,
): void {
  if (failure !== null) recordFailure(table, { role: 'shadow', version }, failure);
  const cell = by.evidence?.of('shadow', segment).at(request.atUs);
  if (cell === undefined) return;
  cell.asked(ms, bucket);
  if (vector !== null) cell.read(vector.values);
  if (failure !== null) {
    cell.failed(failure.kind);
    return;
  }
  cell.scored(score);
  if (vector?.complete === false) cell.degraded();
  if (!Number.isNaN(championScore)) cell.paired(score - championScore);
}

function log(options: PredictorOptions, { table, request, version }: ShadowCopy, outcome: Outcome): void {
  const { by, score, failure, vector } = outcome;
  const wallMs = options.wallNow();
  const failures: readonly FailedAttempt[] =
    failure === null ? [] : [{ attempt: { role: 'shadow', version }, failure }];
  logPrediction(
    options,
    {
      id: options.ids.next(by.idPrefix, wallMs),
      ...{ by, table, request, vector, failures, role: 'shadow' },
      score: failure === null ? score : null,
      degraded: degradedReason(failures, vector?.complete === false),
    },
    wallMs,
  );
}
