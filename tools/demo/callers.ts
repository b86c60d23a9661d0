import type { PredictRequest } from './pod-client.js';

/** One caller in so many is an application that does not know how far a flight goes; every row of the past does. */
const EVERY_WITHOUT_DISTANCE = 15;

/** What the caller of a row sends: all that the row knows, or all but the distance. */
export function requestOfCaller(row: number, inputs: PredictRequest['request']): PredictRequest['request'] {
  if (row % EVERY_WITHOUT_DISTANCE !== 0 || !Object.hasOwn(inputs, 'distance')) return inputs;
  return { ...inputs, distance: null };
}
