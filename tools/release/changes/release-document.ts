import { Document, isMap, parseDocument } from 'yaml';

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
function editable(text: string | null): Document {
  const parsed = text === null ? null : parseDocument(text);
  return parsed && parsed.errors.length === 0 && isMap(parsed.contents) ? parsed : new Document({});
}

/** The version that a release file asks for; null where it cannot be read, as in a commit that was never valid. */
export function versionIn(text: string): number | null {
  const version: unknown = parseDocument(text).get('version');
  return Number.isInteger(version) ? (version as number) : null;
}
