import type { Environment } from '@signalbox/contracts';
import type { Wanted } from './wanted.js';

type ChangeWindow = NonNullable<Environment['changeWindows']>[number];

/** Rollouts start and move on only within a change window, by the wall clock of the window's own time zone. */
export function outsideChangeWindows({
  environment,
  settings,
  wallNowMs,
}: Pick<Wanted, 'environment' | 'settings' | 'wallNowMs'>): readonly string[] {
  const windows = settings.environment.changeWindows;
  if (windows === undefined) return [];
  const unknown = windows.filter(({ timezone }) => !isTimeZone(timezone));
  if (unknown.length > 0) return unknown.map(({ timezone }) => `there is no time zone "${timezone}"`);
  if (windows.some((one) => isWithin(one, wallNowMs))) return [];
  return [`outside the change windows of ${environment} (${windows.map(describeWindow).join('; ')})`];
}

/**
 * From (included) to (excluded) as clocks on the wall show it. Where daylight saving leaves an hour out, no time of it ever comes; where it shows an
 * hour twice, both are within.
 */
export function isWithin({ days, from, timezone, to }: ChangeWindow, wallNowMs: number): boolean {
  const { day, time } = clockIn(timezone, wallNowMs);
  return days.some((one) => one === day) && from <= time && time < to;
}

const describeWindow = ({ days, from, timezone, to }: ChangeWindow): string =>
  `${days.join(' ')} ${from}–${to} ${timezone}`;

const clocks = new Map<string, Intl.DateTimeFormat>();

/** `mon`, `09:30`. The formatter is kept: making one costs more than all else here. */
function clockIn(timezone: string, wallNowMs: number): { readonly day: string; readonly time: string } {
  const clock =
    clocks.get(timezone) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      weekday: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
  clocks.set(timezone, clock);
  const parts = new Map(clock.formatToParts(wallNowMs).map(({ type, value }) => [type, value]));
  return { day: parts.get('weekday')!.toLowerCase(), time: `${parts.get('hour')}:${parts.get('minute')}` };
}

function isTimeZone(timezone: string): boolean {
  try {
    clockIn(timezone, 0);
    return true;
  } catch {
    return false;
  }
}
