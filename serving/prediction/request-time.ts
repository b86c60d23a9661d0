import { parseInstantUs } from '@signalbox/contracts';
import { BadRequest, describe } from './bad-request.js';

interface TimeRule {
  /** Whether the environment lets callers choose T. */
  readonly replay: boolean;
}

/** How far T of a request may lie after the newest arrival in the log: a fast replay plays days before the pod looks at the log again. */
export const MAX_AHEAD_US = 31 * 86_400e6;

/** T of a request: what the caller says where it may, else the event clock. Throws `BadRequest`. */
export function requestTime(shape: TimeRule, value: unknown, nowUs: number | null): number {
  if (value === undefined) return eventNow(nowUs, 'at');
  const atUs = parseAt(shape, value, 'at');
  if (nowUs !== null && atUs > nowUs + MAX_AHEAD_US) {
    throw new BadRequest(
      'at',
      `${describe(value)} is more than 31 days after the newest event of the log`,
      'Append events up to that time first.',
    );
  }
  return atUs;
}

/** The event clock, or a refusal of a request that relies on it while it is not known. */
export function eventNow(nowUs: number | null, field: string): number {
  if (nowUs !== null) return nowUs;
  throw new BadRequest(
    field,
    'no time was sent, and the event clock of this replay is not known: its log is empty, or the pod cannot read it',
    `Send "${field.split('.').at(-1)}", or start the pod with --log.`,
  );
}

/** ISO 8601 in UTC, or epoch microseconds. */
export function parseAt(shape: TimeRule, value: unknown, field: string): number {
  if (!shape.replay) {
    throw new BadRequest(
      field,
      'this environment runs on the wall clock and takes no time from callers',
      'Leave `at` out.',
    );
  }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  if (typeof value === 'string') {
    try {
      return parseInstantUs(value);
    } catch {
      // Told below, with the other forms.
    }
  }
  throw new BadRequest(
    field,
    `expected a UTC time such as "2001-04-01T10:00:00Z" or epoch microseconds, got ${describe(value)}`,
  );
}
