import type { Finding } from '../../errors/finding.js';
import type { FieldPath } from '../../parsing/field-path.js';
import { findingAt } from '../document-set.js';
import { type CheckContext, pathOf, type ReadableFile } from './check.js';

export type ReleaseFile = ReadableFile<'release'>;

/** A version that a release names must have a record. */
export function* checkVersion(
  file: ReleaseFile,
  path: FieldPath,
  { version, context }: { readonly version: number; readonly context: CheckContext },
): Iterable<Finding> {
  const model = file.parts[1]!;
  const { documents } = context;
  if (!documents.model.has(model) || documents['version-record'].has(`${model}/${version}`)) return;
  const numbers = context.recordsOf(model).map((record) => record.parts[1]);
  yield findingAt(file, path, {
    code: 'reference/unknown',
    message: `"${model}" has no version ${version}`,
    hint: `Versions: ${numbers.join(', ') || 'none yet'}. The record would be ${pathOf('version-record', `${model}/${version}`)}.`,
  });
}
