import { Name } from '../documents/common.js';
import { DOCUMENTS, type DocumentKind } from '../documents/registry.js';
import { editDistance } from '../errors/nearest.js';
import type { Explanation } from '../parsing/explain.js';
import { FORMS } from '../parsing/forms.js';

/** The folders that hold documents. */
export const DOCUMENT_FOLDERS = ['features', 'models', 'releases'] as const;

/** What a path says of the file there. */
export type Placement =
  | { readonly is: 'document'; readonly kind: DocumentKind; readonly parts: readonly string[] }
  | { readonly is: 'misplaced'; readonly problem: Explanation }
  | { readonly is: 'other' };

const OTHER: Placement = { is: 'other' };

/** What may stand for a placeholder of a path, and the form in words. */
const PART_FORMS: Readonly<Record<string, readonly [form: RegExp, words: string]>> = {
  '<version>': [/^[1-9][0-9]{0,8}$/, 'a version number, such as 1.yaml'],
  '<sha256>': [/^[0-9a-f]{64}$/, 'the 64 hexadecimal digits of the package digest, in lower case'],
};
const NAME_FORM = [
  new RegExp(`^(?=.{1,${Name.maxLength}}$)${Name.pattern!.slice(1)}`),
  `${FORMS[Name.pattern!]!.expected}, of at most ${Name.maxLength} characters`,
] as const;

interface Template {
  readonly kind: DocumentKind;
  readonly path: string;
  readonly segments: readonly string[];
}

/** A fixed segment goes before a placeholder, so that `releases/strategies/` is never taken for an environment. */
const TEMPLATES: readonly Template[] = Object.entries(DOCUMENTS)
  .map(([kind, { path }]) => ({ kind: kind as DocumentKind, path, segments: path.split('/') }))
  .sort((a, b) => sortKey(a.segments).localeCompare(sortKey(b.segments)));

function sortKey(segments: readonly string[]): string {
  return segments.map((segment) => (segment.startsWith('<') ? '1' : '0')).join('');
}

/** Says what kind of document a path holds. The path is relative to the repository, with `/`. */
export function placeOf(path: string): Placement {
  const segments = path.split('/');
  if (!/\.ya?ml$/i.test(path) || !DOCUMENT_FOLDERS.some((folder) => folder === segments[0])) return OTHER;
  const template = TEMPLATES.find((candidate) => fits(candidate.segments, segments));
  if (!template) return isTrainersOwn(segments) ? OTHER : misplaced(path);
  const placeholders = template.segments.flatMap((segment, at) =>
    segment.includes('<') ? [[segment, segments[at]!] as const] : [],
  );
  for (const [placeholder, segment] of placeholders) {
    const [form, words] = PART_FORMS[placeholder.replace('.yaml', '')] ?? NAME_FORM;
    const part = segment.replace(/\.yaml$/, '');
    if (!form.test(part)) {
      return refuse(`"${part}" in the path of a ${template.kind} is not ${words}`, `Rename it: ${template.path}`);
    }
  }
  return {
    is: 'document',
    kind: template.kind,
    parts: placeholders.map(([, segment]) => segment.replace(/\.yaml$/, '')),
  };
}

function fits(template: readonly string[], segments: readonly string[]): boolean {
  return (
    template.length === segments.length &&
    template.every((part, at) => {
      const segment = segments[at]!;
      if (!part.includes('<')) return part === segment;
      return !part.endsWith('.yaml') || segment.endsWith('.yaml');
    })
  );
}

/** A model's folder may hold YAML of its trainer (a Conda environment, a parameter file), unless it looks like a mistyped card. */
function isTrainersOwn(segments: readonly string[]): boolean {
  if (segments[0] !== 'models' || segments.length < 3 || segments[2] === 'versions') return false;
  return segments.length > 3 || editDistance(segments[2]!, 'model.yaml') > 2;
}

function misplaced(path: string): Placement {
  const renamed = path.replace(/\.ya?ml$/i, '.yaml');
  if (renamed !== path && placeOf(renamed).is === 'document') {
    return refuse('documents end in ".yaml"', `Rename it to ${renamed}.`);
  }
  const folder = path.split('/')[0]!;
  const here = TEMPLATES.filter((template) => template.segments[0] === folder).map((template) => template.path);
  return refuse('no document belongs at this path', `Documents under ${folder}/ are: ${here.join(', ')}.`);
}

function refuse(message: string, hint: string): Placement {
  return { is: 'misplaced', problem: { code: 'layout/misplaced', message, hint } };
}
