import type { ServingTable } from '../prediction/index.js';
import { HttpError } from './http-errors.js';
import type { PodView } from './pod-view.js';

/** What serves a model now. Until it is known what this pod serves, asking again is right; 404 would have clients and balancers give a model up. */
export function tableOf(pod: PodView, model: string): ServingTable {
  const table = pod.table(model);
  if (table !== null) return table;
  throw pod.awaits(model) ? notReady() : unknownModel(model, servedBy(pod));
}

export function notReady(): HttpError {
  return new HttpError({
    status: 503,
    code: 'serving/no-answer',
    message: 'this pod is starting: what it serves is not loaded yet',
    hint: 'Retry after the time that Retry-After names; /readyz says what it waits for.',
    retryAfterS: 1,
  });
}

function unknownModel(model: string, served: readonly string[]): HttpError {
  return new HttpError({
    status: 404,
    code: 'serving/unknown-model',
    message: `this pod does not serve a model ${JSON.stringify(model.slice(0, 80))}`,
    hint: served.length === 0 ? 'It serves no model yet: see /readyz.' : `It serves: ${served.join(', ')}.`,
  });
}

const servedBy = (pod: PodView): readonly string[] => pod.tables().map(({ manifest }) => manifest.model);
