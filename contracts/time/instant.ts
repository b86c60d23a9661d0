import { SignalboxError } from '../errors/signalbox-error.js';
import { US_PER_MS, US_PER_SECOND } from './duration.js';

const INSTANT =
  /^(?<date>[0-9]{4}-[0-9]{2}-[0-9]{2})(?:T(?<minute>[0-9]{2}:[0-9]{2})(?::(?<second>[0-9]{2})(?:\.(?<fraction>[0-9]{1,6}))?)?Z)?$/;

/**
 * `2001-04-01` (midnight), `2001-04-01T12:30Z` or `2001-04-01T12:30:00.5Z` in epoch microseconds UTC.
 * Throws `input/bad-argument` for another form, and for a day or an hour that does not exist (Date would roll `02-30` over to March).
 */
export function parseInstantUs(text: string): number {
  const parts = INSTANT.exec(text)?.groups;
  const whole = parts ? `${parts.date}T${parts.minute ?? '00:00'}:${parts.second ?? '00'}` : '';
  const ms = parts ? Date.parse(`${whole}Z`) : Number.NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 19) !== whole) {
    throw new SignalboxError('input/bad-argument', `expected a moment in UTC, got "${text}"`, {
      hint: 'Write a date, or a date and time that ends in Z, such as 2001-04-01 or 2001-04-01T12:30:00Z.',
    });
  }
  return ms * US_PER_MS + Number((parts?.fraction ?? '').padEnd(6, '0'));
}

/** Epoch microseconds as `2001-04-01T12:30:00Z`, with six decimals where they are not zero. `parseInstantUs` reads it back exactly. */
export function formatInstant(us: number): string {
  const fraction = ((us % US_PER_SECOND) + US_PER_SECOND) % US_PER_SECOND;
  const whole = new Date((us - fraction) / US_PER_MS).toISOString().slice(0, 19);
  return fraction === 0 ? `${whole}Z` : `${whole}.${String(fraction).padStart(6, '0')}Z`;
}

/** A moment of the wall clock (epoch milliseconds) as people write it in documents: to the second. */
export function formatWallSecond(wallMs: number): string {
  return formatInstant(Math.floor(wallMs / 1000) * US_PER_SECOND);
}
