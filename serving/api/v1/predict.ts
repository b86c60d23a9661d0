import { type NoAnswer, parsePredictRequest } from '../../prediction/index.js';
import type { Endpoint } from '../endpoints.js';
import { HttpError } from '../http-errors.js';
import { tableOf } from '../served-model.js';
import type { ServerOptions } from '../server-options.js';
import { answerJson } from './answer-json.js';

/** `POST /v1/models/:model/predict`: the plain-JSON form of a prediction. */
export function predictEndpoint({ pod, predictor }: ServerOptions): Endpoint {
  return {
    method: 'POST',
    url: '/v1/models/:model/predict',
    handler: (request, reply) => {
      const { model } = request.params as { model: string };
      const table = tableOf(pod, model);
      const parsed = parsePredictRequest(table.shape, request.body, pod.eventNowUs());
      predictor.predict(table, parsed, (prediction, problem) => {
        if (prediction === null) reply.send(noAnswer(problem));
        else reply.header('content-type', 'application/json; charset=utf-8').send(answerJson(prediction));
      });
    },
  };
}

/** 503: no useful answer. Retrying helps when the pod is only busy. */
export function noAnswer(problem: NoAnswer | null): HttpError {
  const overloaded = problem?.overloaded ?? false;
  return new HttpError({
    status: 503,
    code: overloaded ? 'serving/overloaded' : 'serving/no-answer',
    message: `no version, fallback or rule could answer: ${problem?.reason ?? 'unknown'}`,
    hint: overloaded
      ? 'Retry after the time that Retry-After names.'
      : 'See the log of the pod and the status of the release.',
    retryAfterS: 1,
  });
}
