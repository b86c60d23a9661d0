import { readYaml } from '@signalbox/contracts';
import { Document, isMap } from 'yaml';

export interface ReleaseEdit {
  readonly version: number;
  readonly strategy: string;
  readonly fallback?: number | null;
  /** Null: the experiment is over, nobody competes any more. */
  readonly arms?: null;
}

/** A release file with other values. What people wrote around them, comments above all, stays. */
export function editRelease(text: string | null, { arms, fallback, strategy, version }: ReleaseEdit): string {
  const document = editable(text);
  document.set('version', version);
  document.set('strategy', strategy);
  if (fallback === null) document.delete('fallback');
  if (typeof fallback === 'number') document.set('fallback', { version: fallback });
  if (arms === null) document.delete('arms');
  return document.toString();
}

/** A file that cannot be read has nothing to keep. */
const editable = (text: string | null): Document => (text === null ? null : asMap(text)) ?? new Document({});

/** Whether an edit keeps what a file says: what cannot be read is lost by it. */
export const isKept = (text: string | null): boolean => text === null || asMap(text) !== null;

function asMap(text: string): Document | null {
  const parsed = readYaml(text);
  return parsed?.errors.length === 0 && isMap(parsed.contents) ? parsed : null;
}

/** The version that a release file asks for; null where it cannot be read, as in a commit that was never valid. */
export function versionIn(text: string): number | null {
  const version = valueIn(text, ['version']);
  return Number.isInteger(version) ? (version as number) : null;
}

/** What a file says at a place, aliases resolved as its readers resolve them; undefined where it says nothing, or cannot be read. */
export function valueIn(text: string, path: readonly string[]): unknown {
  let value: unknown;
  try {
    value = readYaml(text)?.toJS();
  } catch {
    // An alias that stands for nothing.
    return undefined;
  }
  for (const key of path) value = isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;
