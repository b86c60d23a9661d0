import type { Attempt } from '../degradation/index.js';
import { attemptsFor } from '../degradation/index.js';
import { route } from '../routing/index.js';
import { ChampionScore } from './champion-score.js';
import type { PredictionCallback } from './prediction.js';
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
    const chosen = route(table.manifest, request.unit);
    const attempts = attemptsFor(chosen, table.manifest);
    if (chosen.shadow === null) {
      new PredictionRun(this.options, { table, request, attempts }, done).start();
      return;
    }
    const champion = new ChampionScore();
    const answered: PredictionCallback = (prediction, problem) => {
      done(prediction, problem);
      champion.settle(prediction?.role === 'champion' ? prediction.score : Number.NaN);
    };
    new PredictionRun(this.options, { table, request, attempts }, answered).start();
    runShadow(this.options, { table, request, version: chosen.shadow, champion });
  }

  /** Asks one version and nobody else, as a caller who names a version means it. Not evidence: the caller chose, not the route. */
  predictPinned(
    table: ServingTable,
    version: number,
    options: { readonly request: PredictRequest; readonly done: PredictionCallback },
  ): void {
    const attempts: Attempt[] = [{ role: 'pinned', version }];
    new PredictionRun(this.options, { table, request: options.request, attempts }, options.done).start();
  }
}
