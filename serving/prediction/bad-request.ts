import { SignalboxError } from '@signalbox/contracts';

/** A request that cannot be read: the field, what was expected and what came. */
export class BadRequest extends SignalboxError {
  constructor(
    readonly field: string,
    message: string,
    hint?: string,
  ) {
    super('serving/bad-request', message, hint === undefined ? {} : { hint });
  }
}

/** What came, short enough for a message. */
export function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? String(value);
  return typeof value === 'number' && !Number.isFinite(value)
    ? 'a number too large'
    : text.length > 60
      ? `${text.slice(0, 60)}…`
      : text;
}
