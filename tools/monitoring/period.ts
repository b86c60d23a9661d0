import { formatInstant, type Model, parseDurationUs, SignalboxError } from '@signalbox/contracts';
import type { Window } from './windows.js';

/** How many windows are looked at unless a start is given: enough to see a trend in a plot. */
const USUAL_WINDOWS = 8;

/** Where the windows begin unless a start is given: never later than drift needs to be persistent. */
export function usualStartUs(toUs: number, { drift, window }: Model['monitoring']): number {
  const windowUs = parseDurationUs(window);
  return (Math.floor(toUs / windowUs) - Math.max(USUAL_WINDOWS, drift.persistence.of)) * windowUs;
}

/** A start that was mistyped must not make a report of years of hours. */
const MAX_WINDOWS = 1000;

/** Errors: `input/bad-argument` where the two times are the wrong way round; nothing would be looked at, which reads like nothing to be seen. */
export function assertOrder({ fromUs, toUs }: Partial<Window>): void {
  if (fromUs === undefined || toUs === undefined || fromUs < toUs) return;
  const period = `from ${formatInstant(fromUs)} to ${formatInstant(toUs)}`;
  throw new SignalboxError('input/bad-argument', `the period ${period} is empty`, {
    hint: 'Choose a --from that is earlier than --to.',
  });
}

/** Errors: `input/bad-argument` where nothing can have happened yet. A period that reaches into the future is looked at as far as there is something. */
export function assertPast({ fromUs }: Window, newestUs: number): void {
  if (fromUs < newestUs) return;
  const message = `the period begins at ${formatInstant(fromUs)}, and the newest event came at ${formatInstant(newestUs)}`;
  throw new SignalboxError('input/bad-argument', message, {
    hint: 'Nothing has happened in it yet: choose earlier times with --from and --to.',
  });
}

/** Errors: `input/bad-argument`. */
export function assertFewWindows({ fromUs, toUs }: Window, { window }: Model['monitoring']): void {
  const windows = Math.floor((toUs - fromUs) / parseDurationUs(window));
  if (windows <= MAX_WINDOWS) return;
  throw new SignalboxError('input/bad-argument', `${windows} windows of ${window} lie between the two times`, {
    hint: `At most ${MAX_WINDOWS} are looked at: choose a later start with --from.`,
  });
}
