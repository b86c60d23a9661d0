import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type AnyDocumentKind,
  compileExpression,
  DOCUMENTS,
  EXPRESSION_FUNCTIONS,
  EXPRESSION_METHODS,
  MACHINE_DOCUMENTS,
  parseWorkspace,
} from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { readWorkspaceFolder } from '../validate/index.js';
import { editorAssociations, SAMPLES_FOLDER } from './documentation.js';
import { FUNCTION_NOTES } from './expressions-page.js';
import { generateFor } from './files.js';

const ROOT = resolve(fileURLToPath(import.meta.url), '../../..');
const KINDS = [...Object.keys(DOCUMENTS), ...Object.keys(MACHINE_DOCUMENTS)] as AnyDocumentKind[];

describe('the generated documentation', () => {
  it('is committed as it is generated (else run `npm run docs`)', async () => {
    for (const [path, text] of await generateFor(ROOT)) {
      expect(await readFile(join(ROOT, path), 'utf8'), path).toBe(text);
    }
  });

  it('has no page or schema of a document that no longer exists', async () => {
    const generated = new Set((await generateFor(ROOT)).keys());
    const committed = await Promise.all(
      ['docs/reference', 'docs/schemas'].map(async (folder) =>
        (await readdir(join(ROOT, folder))).map((name) => `${folder}/${name}`),
      ),
    );
    expect(committed.flat().filter((path) => !generated.has(path))).toEqual([]);
  });

  it.each(KINDS)('says what every key of a %s means, with an example', async (kind) => {
    const page = (await generateFor(ROOT)).get(`docs/reference/${kind}.md`)!;
    const rows = page.split('\n').filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(2);
    expect(page).not.toMatch(/^#.*undefined/m);
    const unexplained = rows.filter((row) => row.split(' | ')[3]!.trim() === '');
    expect(unexplained).toEqual([]);
    // Mappings, lists of mappings and what is null in the sample are shown by the keys inside them, or by the whole file above.
    const unshown = rows.filter((row) => / {2}\|$/.test(row) && !/ \| a (mapping|list of mappings)| or n/.test(row));
    expect(unshown.filter((row) => !row.includes('`gates.slices.<name>.'))).toEqual([]);
  });
});

describe('the page of expressions', () => {
  it.each(Object.entries(FUNCTION_NOTES))('shows %s with the value that it has', (_, { example, value }) => {
    expect(compileExpression(example, {})({})).toBe(value);
  });

  it('shows every function, and none that does not exist', () => {
    expect(Object.keys(FUNCTION_NOTES)).toEqual([
      ...Object.keys(EXPRESSION_FUNCTIONS),
      ...Object.keys(EXPRESSION_METHODS),
    ]);
  });
});

describe('the editor settings', () => {
  it('give each document its schema by path', async () => {
    const settings = JSON.parse(await readFile(join(ROOT, '.vscode/settings.json'), 'utf8')) as Record<string, unknown>;
    expect(settings['yaml.schemas']).toEqual(editorAssociations());
  });
});

describe('the samples of docs/examples', () => {
  it('are a repository without any finding, and hold each kind of document', async () => {
    const parsed = parseWorkspace(await readWorkspaceFolder(join(ROOT, SAMPLES_FOLDER)));
    expect(parsed.findings).toEqual([]);
    expect(Object.entries(parsed.counts).filter(([, count]) => count === 0)).toEqual([]);
  });
});
