import { BadRequest, eventNow, parseAt } from '../../prediction/index.js';
import { parsePredictionId } from '../../telemetry/index.js';
import type { Endpoint } from '../endpoints.js';
import { tableOf } from '../served-model.js';
import type { ServerOptions } from '../server-options.js';

const MAX_OUTCOMES = 10_000;

interface Outcome {
  readonly predictionId: string;
  readonly model: string;
  readonly outcome: number | boolean;
  readonly observedAtUs: number;
}

/**
 * `POST /v1/outcomes`: what became of predictions. All of a request or none of it; any pod may take them, also for predictions of other pods, before the
 * prediction is written, again, or for one that never was: only who reads all logs can tell these apart. The model must be known here, so that
 * callers cannot make up metrics and records without end.
 */
export function outcomesEndpoint({ pod, outcomes, metrics, wallNow }: ServerOptions): Endpoint {
  return {
    method: 'POST',
    url: '/v1/outcomes',
    handler: (request, reply) => {
      const taken = parseOutcomes(request.body, pod.eventNowUs());
      for (const { model } of taken) tableOf(pod, model);
      const wallMs = wallNow();
      for (const outcome of taken) {
        outcomes.append({ ...outcome, wallMs });
        metrics.outcomes.series({ model: outcome.model }).value += 1;
      }
      reply.code(202).send({ accepted: taken.length });
    },
  };
}

function parseOutcomes(body: unknown, nowUs: number | null): Outcome[] {
  const { outcomes: list, ...rest } = (body ?? {}) as Record<string, unknown>;
  const [extra] = Object.keys(rest);
  if (!Array.isArray(list))
    throw new BadRequest('outcomes', 'expected {"outcomes": [{"predictionId": …, "outcome": …}]}');
  if (extra !== undefined) throw new BadRequest(extra, 'unknown field', 'Known fields: outcomes.');
  if (list.length > MAX_OUTCOMES)
    throw new BadRequest('outcomes', `expected at most ${MAX_OUTCOMES}, got ${list.length}`);
  return list.map((each, index) => parseOutcome(each, `outcomes[${index}]`, nowUs));
}

function parseOutcome(value: unknown, field: string, nowUs: number | null): Outcome {
  if (typeof value !== 'object' || value === null) throw new BadRequest(field, 'expected an object');
  const { predictionId, outcome, observedAt, ...rest } = value as Record<string, unknown>;
  const [extra] = Object.keys(rest);
  if (extra !== undefined) {
    throw new BadRequest(`${field}.${extra}`, 'unknown field', 'Known fields: predictionId, outcome, observedAt.');
  }
  const parts = typeof predictionId === 'string' ? parsePredictionId(predictionId) : null;
  if (parts === null) {
    throw new BadRequest(`${field}.predictionId`, 'expected the predictionId of an answer', 'Send it back as it came.');
  }
  if (typeof outcome !== 'boolean' && !Number.isFinite(outcome)) {
    throw new BadRequest(`${field}.outcome`, 'expected a finite number, true or false');
  }
  return {
    predictionId: predictionId as string,
    model: parts.model,
    outcome: outcome as number | boolean,
    observedAtUs:
      observedAt === undefined
        ? eventNow(nowUs, `${field}.observedAt`)
        : parseAt({ replay: true }, observedAt, `${field}.observedAt`),
  };
}
