import type { PredictRequest } from './pod-client.js';

/** One caller in so many is an application that does not know how far a flight goes; every row of the past does. */
const EVERY_WITHOUT_DISTANCE = 10;
/** When that application was mended. */
const MENDED_US = Date.UTC(2001, 4, 1) * 1000;
/** Spreads rows over callers, so that no caller has every nth flight. */
const SPREAD = 0x9e3779b1;

/** What the caller of a row sends for a flight that departs at `atUs`: all that the row knows, or all but the distance. */
export function requestOfCaller(
  { row, atUs }: { readonly row: number; readonly atUs: number },
  inputs: PredictRequest['request'],
): PredictRequest['request'] {
  const knows = atUs >= MENDED_US || (Math.imul(row, SPREAD) >>> 8) % EVERY_WITHOUT_DISTANCE !== 0;
  return knows || !Object.hasOwn(inputs, 'distance') ? inputs : { ...inputs, distance: null };
}
