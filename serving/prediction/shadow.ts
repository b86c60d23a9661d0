import { assemble } from './assemble.js';
import { missingInputs } from './missing-inputs.js';
import type { Prediction } from './prediction.js';
import { failureOf } from './prediction-run.js';
import type { PredictorOptions } from './predictor-options.js';
import { logPrediction } from './record.js';
import type { PredictRequest } from './request.js';
import type { ServingTable } from './serving-table.js';

/** Copies of one model in flight; past it copies are dropped, never queued: a slow shadow must not grow a backlog. */
export const MAX_SHADOWS_IN_FLIGHT = 64;

/**
 * Asks a version beside the live one and throws its answer away, after counting and logging it. It starts after the live row has been handed
 * over, runs on the thread of its own version, and nothing that happens to it can reach the caller.
 */
export function runShadow(
  options: PredictorOptions,
  copy: { readonly table: ServingTable; readonly request: PredictRequest; readonly version: number },
): void {
  const { table } = copy;
  if (table.shadows >= MAX_SHADOWS_IN_FLIGHT) {
    table.metrics.shadowsDropped.series({ model: table.manifest.model }).value += 1;
    return;
  }
  table.shadows += 1;
  table.enter();
  setImmediate(() => {
    try {
      start(options, copy, () => {
        table.shadows -= 1;
        table.leave();
      });
    } catch (error) {
      table.shadows -= 1;
      table.leave();
      options.onProblem(`shadow version ${copy.version}: ${error instanceof Error ? error.message : String(error)}`);
    }
  });
}

function start(
  options: PredictorOptions,
  {
    table,
    request,
    version,
  }: { readonly table: ServingTable; readonly request: PredictRequest; readonly version: number },
  finished: () => void,
): void {
  const by = table.versions.get(version)!;
  by.counts.shadowed += 1;
  if (by.loaded === null || missingInputs(by.loaded, request) !== null) {
    by.counts.shadowFailed += 1;
    finished();
    return;
  }
  const { batcher } = by.loaded;
  assemble(by.loaded, request, (vector) => {
    batcher.submit(vector.values, options.now() + table.manifest.limits.timeoutMs, (score, failure) => {
      if (failureOf(score, failure) !== null) by.counts.shadowFailed += 1;
      else logShadow(options, { score, by, table, request, vector });
      finished();
    });
  });
}

function logShadow(
  options: PredictorOptions,
  answer: Pick<Prediction, 'score' | 'by' | 'table' | 'request' | 'vector'>,
): void {
  const wallMs = options.wallNow();
  const id = options.ids.next(answer.by.idPrefix, wallMs);
  logPrediction(options, { ...answer, id, role: 'shadow', degraded: null }, wallMs);
}
