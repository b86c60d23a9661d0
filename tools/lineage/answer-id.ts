import { SignalboxError } from '@signalbox/contracts';
import { type PredictionIdParts, parsePredictionId } from '@signalbox/serving/telemetry';

/** What has the look of an id is told what is wrong with it, rather than looked for as a file. */
export function isPredictionId(text: string): boolean {
  return parsePredictionId(text) !== null || /^[^/]+\.\d+\.\d+\.[^/.]+\.[^/.]+\.[^/.]+$/.test(text);
}

/** Errors: `input/bad-argument` for what no pod can have given out. */
export function parseAnswerId(id: string, nowMs: number): PredictionIdParts {
  const parts = parsePredictionId(id);
  if (parts === null) {
    throw new SignalboxError('input/bad-argument', `"${id}" is no prediction id`, {
      hint: 'An id has six parts, `<model>.<version>.<serial>.<pod>.<time>.<counter>`; answers and the prediction log carry it.',
    });
  }
  if (parts.wallMs <= nowMs + CLOCK_SKEW_MS) return parts;
  const at = parts.wallMs <= LAST_DATE_MS ? new Date(parts.wallMs).toISOString() : 'a time beyond all dates';
  throw new SignalboxError('input/bad-argument', `"${id}" names an answer of the future (${at})`, {
    hint: 'No pod gave this id out, or its clock was wrong by more than a minute.',
  });
}

/** Clocks of pods may be wrong, but not by more than this. */
export const CLOCK_SKEW_MS = 60_000;
/** ECMA-262: the largest time of a Date. */
const LAST_DATE_MS = 8.64e15;
