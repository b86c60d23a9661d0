import { type Attempt, attemptsFor } from '../degradation/index.js';
import { NO_SEGMENT, type Route, route } from '../routing/index.js';
import { ChampionScore } from './champion-score.js';
import type { Prediction, PredictionCallback } from './prediction.js';
import { PredictionRun } from './prediction-run.js';
import type { PredictorOptions } from './predictor-options.js';
import type { PredictRequest } from './request.js';
import type { ServingTable } from './serving-table.js';
import { runShadow } from './shadow.js';

/** From a checked request to an answer: route, features, model; and where that fails, the next best answer. */
export class Predictor {
  readonly options: PredictorOptions;

  constructor(options: PredictorOptions) {
    this.options = options;
  }

  /** Answers once, with a prediction or with the reason why there is none. Never throws. */
  predict(table: ServingTable, request: PredictRequest, done: PredictionCallback): void {
    const chosen = route(table.manifest, request.unit, table.segments.find(request));
    const { bucket, segment } = chosen;
    const attempts = attemptsFor(chosen, table.manifest);
    const input = { table, request, attempts, bucket, segment };
    const shadow = copyOf(table, chosen);
    if (shadow === null) {
      new PredictionRun(this.options, input, done).start();
      return;
    }
    const champion = new ChampionScore();
    const answered: PredictionCallback = (prediction, problem) => {
      done(prediction, problem);
      champion.settle(championScoreOf(prediction));
    };
    new PredictionRun(this.options, input, answered).start();
    runShadow(this.options, { ...{ table, request, bucket, segment, champion }, version: shadow });
  }

  /** Asks one version and nobody else, as a caller who names a version means it. Not evidence: the caller chose, not the route. */
  predictPinned(
    table: ServingTable,
    version: number,
    options: { readonly request: PredictRequest; readonly done: PredictionCallback },
  ): void {
    const attempts: Attempt[] = [{ role: 'pinned', version }];
    const { request, done } = options;
    new PredictionRun(this.options, { table, request, attempts, bucket: 0, segment: NO_SEGMENT }, done).start();
  }
}

/** Who gets a copy. While the breaker of a version is open, nothing is compared with it, and nothing is copied to it. */
function copyOf({ breakers }: ServingTable, { version, shadow }: Route): number | null {
  return shadow === null || breakers.isOpen(version) || breakers.isOpen(shadow) ? null : shadow;
}

/**
 * What a copy is compared with: the champion's answer in its own right, else NaN. So after a switch, where the champion gets the copies and the
 * candidate answers, nothing is paired: a difference the other way round would be misread.
 */
function championScoreOf(prediction: Prediction | null): number {
  const isChampions = prediction?.role === 'champion' && prediction.failures.length === 0;
  return isChampions ? prediction.score : Number.NaN;
}
