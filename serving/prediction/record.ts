import type { PredictionRecord } from '@signalbox/contracts';
import type { Attempt, AttemptFailure } from '../degradation/index.js';
import type { Prediction } from './prediction.js';
import type { PredictorOptions } from './predictor-options.js';
import type { PredictRequest } from './request.js';
import type { ServingTable } from './serving-table.js';

/** What the log is told: an answer, or that there was none. */
export type LoggedPrediction = Omit<Prediction, 'role' | 'score' | 'segment'> &
  Pick<PredictionRecord, 'role' | 'score'>;

/** Counts an answer and logs it. */
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

/** Counts and logs a request that nobody could answer. It gets an id too, which nobody was told: every line of the log has one. */
export function recordNoAnswer(
  options: Pick<PredictorOptions, 'log' | 'ids' | 'wallNow'>,
  request: Omit<LoggedPrediction, 'id'>,
): void {
  const { manifest, metrics } = request.table;
  metrics.unanswered.series({ model: manifest.model }).value += 1;
  const wallMs = options.wallNow();
  logPrediction(options, { ...request, id: options.ids.next(request.by.idPrefix, wallMs) }, wallMs);
}

/**
 * A sample by rate, and all in which a version failed: what goes wrong is rare, and is what people look for. Shadow copies are logged like
 * live answers, and told apart by their role.
 */
export function logPrediction(
  { log }: Pick<PredictorOptions, 'log'>,
  prediction: LoggedPrediction,
  wallMs: number,
): void {
  const { table, by, request, vector, failures } = prediction;
  const sampled = log.wants(table.shape.replay);
  if (!sampled && !failures.some(isOwnFailure)) return;
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
    failures: failures.length === 0 ? NONE : failures.map(reasonOf),
    sampled,
    entities: request.entities,
    request: request.inputs,
    features: vector?.values ?? null,
    provided: providedTo(prediction, request),
    token: vector?.token ?? { atUs: request.atUs, views: {} },
  });
}

export function recordFailure({ manifest, metrics }: ServingTable, attempt: Attempt, failure: AttemptFailure): void {
  const labels = { model: manifest.model, version: attempt.version, role: attempt.role, reason: failure.kind };
  metrics.failures.series(labels).value += 1;
}

const NONE: readonly never[] = [];

/** A version that is cut off, or not usable here, was not asked: all its traffic is no news. */
function isOwnFailure({ failure }: LoggedPrediction['failures'][number]): boolean {
  return failure.kind !== 'cut-off' && failure.kind !== 'not-loaded';
}

function reasonOf({ attempt, failure }: LoggedPrediction['failures'][number]): PredictionRecord['failures'][number] {
  return { version: attempt.version, reason: failure.kind };
}

/** Of the features that the caller sent, those that this version takes. */
function providedTo({ by }: Pick<LoggedPrediction, 'by'>, { overrides }: PredictRequest): readonly string[] {
  if (overrides === null || by.loaded === null) return NONE;
  const { columns } = by.loaded;
  return Object.keys(overrides).filter((name) => columns.has(name));
}
