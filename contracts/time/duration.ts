import { SignalboxError } from '../errors/signalbox-error.js';

/** Fixed-length units. A day is 24 hours of UTC: there are no months here, and no daylight saving. */
export const MS_PER_SECOND = 1_000;
export const MS_PER_MINUTE = 60 * MS_PER_SECOND;
export const MS_PER_HOUR = 60 * MS_PER_MINUTE;
export const MS_PER_DAY = 24 * MS_PER_HOUR;

export const US_PER_MS = 1_000;
export const US_PER_SECOND = MS_PER_SECOND * US_PER_MS;
export const US_PER_MINUTE = MS_PER_MINUTE * US_PER_MS;
export const US_PER_HOUR = MS_PER_HOUR * US_PER_MS;
export const US_PER_DAY = MS_PER_DAY * US_PER_MS;

const MS_PER_UNIT: Readonly<Record<string, number>> = {
  ms: 1,
  s: MS_PER_SECOND,
  m: MS_PER_MINUTE,
  h: MS_PER_HOUR,
  d: MS_PER_DAY,
};

/** About 285 years: in microseconds still a safe integer, as every instant plus or minus one must be. */
export const MAX_DURATION_MS = 104_000 * MS_PER_DAY;

/** `30m` in milliseconds. Throws `input/bad-argument` for anything that is not a whole number and a unit. */
export function parseDurationMs(text: string): number {
  const match = /^([0-9]+)(ms|s|m|h|d)$/.exec(text);
  const ms = match ? Number(match[1]) * MS_PER_UNIT[match[2]!]! : Number.NaN;
  if (!(ms <= MAX_DURATION_MS)) {
    throw new SignalboxError('input/bad-argument', `expected a duration of at most 104000d, got "${text}"`, {
      hint: 'Write a whole number and a unit (ms, s, m, h, d), such as 30m or 7d.',
    });
  }
  return ms;
}

export interface DurationBounds {
  readonly min: string;
  readonly max: string;
}

/** In milliseconds, moved into its bounds. */
export function durationWithinMs(text: string, { max, min }: DurationBounds): number {
  return Math.min(Math.max(parseDurationMs(text), parseDurationMs(min)), parseDurationMs(max));
}

/** Node takes a longer wait for none at all. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** A wait as timers take it: one of more than 24 days ends early. */
export const timerMs = (ms: number): number => Math.min(ms, MAX_TIMER_MS);

/** `30m` in microseconds, the unit of event time. Throws as `parseDurationMs` does. */
export function parseDurationUs(text: string): number {
  return parseDurationMs(text) * US_PER_MS;
}

/** The shortest form that parses back to the same duration: `3600000` is `1h`, `90000` is `90s`. */
export function formatDurationMs(ms: number): string {
  const unit = (['d', 'h', 'm', 's'] as const).find((name) => ms !== 0 && ms % MS_PER_UNIT[name]! === 0);
  if (unit) return `${ms / MS_PER_UNIT[unit]!}${unit}`;
  return ms === 0 ? '0s' : `${ms}ms`;
}
