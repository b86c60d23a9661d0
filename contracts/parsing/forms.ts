import { isSignalboxError } from '../errors/signalbox-error.js';
import { parseDurationMs } from '../time/duration.js';
import { parseInstantUs } from '../time/instant.js';
import { parseSizeBytes } from '../time/size.js';

interface Form {
  /** Completes "expected …". */
  readonly expected: string;
  readonly example: string;
  /** What a pattern cannot say: 2001-02-30 fits the pattern of a date. Throws our error. */
  readonly parse?: (text: string) => unknown;
}

/** What each text pattern of the schemas means in words. A test finds patterns that have no row. */
export const FORMS: Readonly<Record<string, Form>> = {
  '^[0-9]+(ms|s|m|h|d)$': {
    expected: 'a duration (a whole number and a unit: ms, s, m, h or d)',
    example: '30m',
    parse: parseDurationMs,
  },
  '^[0-9]+(B|KiB|MiB|GiB)$': {
    expected: 'a size (a whole number and a unit: B, KiB, MiB or GiB)',
    example: '200MiB',
    parse: parseSizeBytes,
  },
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]{1,6})?)?Z)?$': {
    expected: 'a moment in UTC (a date, or a date and time that ends in Z)',
    example: '2001-04-01T12:30:00Z',
    parse: parseInstantUs,
  },
  '^[a-z][a-z0-9]*([-_][a-z0-9]+)*$': {
    expected: 'a name (lower-case letters, digits, single hyphens or underscores, starting with a letter)',
    example: 'flight-delay',
  },
  '^sha256:[0-9a-f]{64}$': {
    expected: 'a digest ("sha256:" and 64 hexadecimal digits in lower case)',
    example: `sha256:${'0123456789abcdef'.repeat(4)}`,
  },
  '^[0-9a-f]{40}$': {
    expected: 'a full commit id (40 hexadecimal digits in lower case)',
    example: '0123456789abcdef0123456789abcdef01234567',
  },
  '^[a-z][a-z0-9_-]*(\\.[a-z0-9_-]+)?$': {
    expected: 'a feature view, or one feature of it as view.feature',
    example: 'origin_delays.delay_mean_1h',
  },
  '^([01][0-9]|2[0-3]):[0-5][0-9]$': { expected: 'a time of day (hours and minutes)', example: '09:30' },
  '^https?://[^\\s]+$': { expected: 'an address', example: 'http://127.0.0.1:9090' },
  '^(shadow|canary-[1-9][0-9]?|experiment|blue-green|live)$': {
    expected: 'a stage (shadow, canary-1, canary-2 …, experiment, blue-green or live)',
    example: 'canary-1',
  },
  '^[a-z][a-z0-9-]*(/[a-z0-9_.-]+)+$': { expected: 'a verdict id', example: 'quality/auc' },
};

/** Why a text that fits its pattern is still wrong, or null. */
export function formProblem(pattern: string, text: string): string | null {
  try {
    FORMS[pattern]?.parse?.(text);
    return null;
  } catch (error) {
    if (isSignalboxError(error)) return error.message;
    throw error;
  }
}
