import { DOCUMENTS, type DocumentKind, type DocumentOf } from '../../documents/registry.js';
import type { Finding } from '../../errors/finding.js';
import { suggest } from '../../errors/nearest.js';
import type { DefinitionProblem } from '../../features/index.js';
import { type FieldPath, parseFieldPath } from '../../parsing/field-path.js';
import { type DocumentFile, type DocumentSet, findingAt } from '../document-set.js';

/** What a check may look at. */
export interface CheckContext {
  readonly documents: DocumentSet;
  /** The features of a view, in order; null when the view has errors, so that nothing is known of them. */
  featuresOf(view: string): readonly string[] | null;
  /** The version records of a model, in order of version. */
  recordsOf(model: string): readonly DocumentFile<'version-record'>[];
}

/** A check of one document that could be read: it answers what is wrong with it among the others. */
export type Check<K extends DocumentKind> = (file: ReadableFile<K>, context: CheckContext) => Iterable<Finding>;

export type ReadableFile<K extends DocumentKind> = DocumentFile<K> & { readonly document: DocumentOf<K> };

/** A name that must be that of a document. `parts` is its key, where the path has more placeholders than one. */
export function* checkReference(
  from: DocumentFile,
  path: FieldPath,
  target: { readonly kind: DocumentKind; readonly name: string; readonly set: DocumentSet; readonly atKey?: boolean },
): Iterable<Finding> {
  const { kind, name, set, atKey = false } = target;
  if (set[kind].has(name)) return;
  yield findingAt(from, path, {
    code: 'reference/unknown',
    message: `there is no ${words(kind)} "${name}"`,
    hint: `${suggest(name, [...set[kind].keys()].sort(), words(kind))} It would be ${pathOf(kind, name)}.`,
    atKey,
  });
}

export function words(kind: DocumentKind): string {
  return kind.replace('-', ' ');
}

/** Where a document of this name lies. */
export function pathOf(kind: DocumentKind, name: string): string {
  const parts = name.split('/');
  return DOCUMENTS[kind].path.replace(/<[^>]+>/g, () => parts.shift() ?? '');
}

/** What the compiler of features found, where it stands. */
export function* definitionFindings(from: DocumentFile, problems: readonly DefinitionProblem[]): Iterable<Finding> {
  for (const { field, message, hint } of problems) {
    const path = parseFieldPath(field);
    yield findingAt(from, path, { code: 'definition/invalid', message, ...(hint === undefined ? {} : { hint }) });
  }
}

/** A lower bound above its upper bound, of the same thing. */
export function* checkBounds(
  from: DocumentFile,
  path: FieldPath,
  { min, max }: { readonly min?: number; readonly max?: number },
): Iterable<Finding> {
  if (min === undefined || max === undefined || min <= max) return;
  yield findingAt(from, [...path, 'min'], {
    code: 'rule/conflict',
    message: `the smallest allowed value ${min} is above the largest, ${max}`,
    hint: 'Swap the two, or correct one.',
  });
}
