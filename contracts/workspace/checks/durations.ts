import type { Finding } from '../../errors/finding.js';
import type { FieldPath } from '../../parsing/field-path.js';
import { type DurationBounds, parseDurationMs } from '../../time/duration.js';
import { type DocumentFile, findingAt } from '../document-set.js';

export interface BoundedDuration {
  readonly text: string;
  readonly bounds: DurationBounds;
  /** What becomes of a shorter one and of a longer one; each completes "1s is too short: …". */
  readonly tooShort: string;
  readonly tooLong: string;
}

/** A duration that whatever reads it could not live by. */
export function* checkDuration(file: DocumentFile, path: FieldPath, asked: BoundedDuration): Iterable<Finding> {
  const { bounds, text, tooLong, tooShort } = asked;
  const ms = parseDurationMs(text);
  const isShort = ms < parseDurationMs(bounds.min);
  if (!isShort && ms <= parseDurationMs(bounds.max)) return;
  yield findingAt(file, path, {
    code: 'schema/bad-value',
    message: `${text} is too ${isShort ? `short: ${tooShort}` : `long: ${tooLong}`}`,
    hint: `Write a duration from ${bounds.min} to ${bounds.max}.`,
  });
}
