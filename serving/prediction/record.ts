import type { Attempt, AttemptFailure } from '../degradation/index.js';
import type { Prediction } from './prediction.js';
import type { PredictorOptions } from './predictor-options.js';
import type { ServingTable } from './serving-table.js';

/** Counts an answer and, where it is in the sample, logs it. */
export function recordAnswer(
  options: Pick<PredictorOptions, 'log'>,
  prediction: Prediction,
  { wallMs, seconds }: { readonly wallMs: number; readonly seconds: number },
): void {
  const { table, by, role, degraded } = prediction;
  const series = table.seriesOf(by.version, role);
  series.requests.value += 1;
  series.seconds.observe(seconds);
  if (degraded !== null) series.degraded.value += 1;
  logPrediction(options, prediction, wallMs);
}

/** The sample of the prediction log; shadow answers are logged like live ones, and told apart by their role. */
export function logPrediction({ log }: Pick<PredictorOptions, 'log'>, prediction: Prediction, wallMs: number): void {
  const { table, by, request, vector } = prediction;
  if (!log.wants(table.shape.replay)) return;
  log.append({
    id: prediction.id,
    model: table.manifest.model,
    version: by.version,
    package: by.digest,
    serial: table.manifest.serial,
    atUs: request.atUs,
    wallMs,
    role: prediction.role,
    degraded: prediction.degraded,
    score: prediction.score,
    entities: request.entities,
    request: request.inputs,
    features: vector?.values ?? null,
    token: vector?.token ?? { atUs: request.atUs, views: {} },
  });
}

export function recordFailure({ manifest, metrics }: ServingTable, attempt: Attempt, failure: AttemptFailure): void {
  const labels = { model: manifest.model, version: attempt.version, role: attempt.role, reason: failure.kind };
  metrics.failures.series(labels).value += 1;
}

export function recordNoAnswer({ manifest, metrics }: ServingTable): void {
  metrics.unanswered.series({ model: manifest.model }).value += 1;
}
