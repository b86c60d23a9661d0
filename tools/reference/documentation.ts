import {
  type AnyDocumentKind,
  DOCUMENTS,
  documentSchema,
  editorSchema,
  FORMS,
  MACHINE_DOCUMENTS,
  parseDocument,
  placeOf,
  SignalboxError,
} from '@signalbox/contracts';
import { documentPage, type Sample } from './document-page.js';
import { errorsPage } from './errors-page.js';
import { expressionsPage } from './expressions-page.js';

/** Where the samples lie: one of each document, with every key. */
export const SAMPLES_FOLDER = 'docs/examples';

/**
 * Every generated page and schema by its path in the repository. `samples` are the files of `docs/examples` by their path in that folder.
 * Pure. Throws `input/invalid-documents` when a sample is wrong.
 */
export function generateDocumentation(samples: ReadonlyMap<string, string>): Map<string, string> {
  const kinds = [...Object.keys(DOCUMENTS), ...Object.keys(MACHINE_DOCUMENTS)] as AnyDocumentKind[];
  const read = [...samples].flatMap(readSample);
  const samplesOf = (kind: AnyDocumentKind) => read.filter((sample) => sample.kind === kind);
  return new Map([
    ...kinds.flatMap((kind): [string, string][] => [
      [`docs/reference/${kind}.md`, documentPage(kind, samplesOf(kind))],
      [`docs/schemas/${kind}.json`, `${JSON.stringify(editorSchema(kind), null, 2)}\n`],
    ]),
    ['docs/reference/README.md', indexPage(kinds)],
    ['docs/reference/expressions.md', expressionsPage()],
    ['docs/errors.md', errorsPage()],
  ]);
}

/**
 * Which schema an editor uses for which files: `yaml.schemas` of VS Code's YAML extension. A release lies beside other documents, so
 * their patterns are taken out of its own.
 */
export function editorAssociations(): Record<string, string | string[]> {
  const globs = Object.entries(DOCUMENTS).map(
    ([kind, { path }]) => [kind, `**/${path.replace(/<[^>]+>/g, '*')}`] as const,
  );
  return Object.fromEntries(
    globs.map(([kind, glob]) => {
      const inside = globs
        .filter(([, other]) => other !== glob && matches(glob, other))
        .map(([, other]) => `!${other}`);
      return [`./docs/schemas/${kind}.json`, inside.length === 0 ? glob : [glob, ...inside]];
    }),
  );
}

/** Whether every file that `inner` names is named by `outer` too. */
function matches(outer: string, inner: string): boolean {
  const [wide, narrow] = [outer.split('/'), inner.split('/')];
  return wide.length === narrow.length && wide.every((part, at) => part.startsWith('*') || part === narrow[at]);
}

function readSample([file, text]: readonly [string, string]): (Sample & { readonly kind: AnyDocumentKind })[] {
  const kind = kindOf(file);
  if (kind === null) return [];
  const { document, findings } = parseDocument(kind, { file: `${SAMPLES_FOLDER}/${file}`, text });
  if (document === null)
    throw new SignalboxError('input/invalid-documents', `the sample ${file} is wrong`, { findings });
  return [{ kind, file, text, value: document }];
}

function kindOf(file: string): AnyDocumentKind | null {
  if (file === 'rollout-manifest.json') return 'rollout-manifest';
  const placement = placeOf(file);
  return placement.is === 'document' ? placement.kind : null;
}

function indexPage(kinds: readonly AnyDocumentKind[]): string {
  const rows = kinds.map((kind) => {
    const schema = documentSchema(kind);
    const path =
      kind in DOCUMENTS ? `\`${DOCUMENTS[kind as keyof typeof DOCUMENTS].path}\`` : 'signed, in the artifact store';
    const what = (schema.description ?? '').replace(/ `[^`]*\.yaml`$/, '');
    return `| [${schema.title}](${kind}.md) | ${path} | ${what} |`;
  });
  return `# Reference of the documents

Each document is one YAML file (YAML 1.2, one document a file). Its path says what it is; unknown keys are errors. \`signalbox validate\` checks
all of them and what they say of each other. The examples are the files of [docs/examples](../examples/README.md).

| document | path | what it says |
| --- | --- | --- |
${rows.join('\n')}

YAML below \`models/<model>/\` that is none of these is the trainer's own. What an expression may say: [expressions](expressions.md).

## Forms of values

| form | example |
| --- | --- |
${Object.values(FORMS)
  .map(({ expected, example }) => `| ${expected} | \`${example}\` |`)
  .join('\n')}

<!-- Written by \`npm run docs\` from the schemas; do not edit. -->
`;
}
