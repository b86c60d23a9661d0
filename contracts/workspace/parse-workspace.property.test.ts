import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { sampleRepository } from '../../tests/support/sample-repository.js';
import { DOCUMENTS, type DocumentKind } from '../documents/registry.js';
import { FINDING_CODES } from '../errors/finding-codes.js';
import { compileBundle } from '../features/index.js';
import { parseDocument } from '../parsing/parse-document.js';
import { type ParsedWorkspace, parseWorkspace, requireWorkspace } from './parse-workspace.js';

const SAMPLES = sampleRepository();
const PATHS = [...SAMPLES.keys()].filter((path) => path.endsWith('.yaml'));

/** What holds for every input: findings make sense, and documents without errors can be compiled. */
function expectSense(files: ReadonlyMap<string, string>, parsed: ParsedWorkspace): void {
  for (const { code, message, place } of parsed.findings) {
    expect(Object.keys(FINDING_CODES)).toContain(code);
    expect(message).toMatch(/\S/);
    expect(message).not.toMatch(/undefined|\[object|\n/);
    const lines = files.get(place.file)!.split('\n');
    if (place.line === undefined) continue;
    expect(place.line).toBeGreaterThanOrEqual(1);
    expect(place.line).toBeLessThanOrEqual(lines.length);
    expect(place.column).toBeGreaterThanOrEqual(1);
    expect(place.column).toBeLessThanOrEqual(lines[place.line - 1]!.length + 1);
  }
  if (parsed.findings.some((finding) => finding.severity === 'error')) return;
  const workspace = requireWorkspace(parsed);
  for (const model of workspace.models.keys())
    expect(compileBundle(workspace, model).bundle.order.length).toBeGreaterThan(0);
}

function check(files: Map<string, string>): void {
  expectSense(files, parseWorkspace(files));
}

const snippets = fc.constantFrom(
  ' ',
  '\n',
  '\t',
  ':',
  ': ',
  '- ',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '#',
  '&a',
  '*a',
  '!!x',
  '---\n',
  '|',
  '>',
  '%',
  '@',
  ',',
  '~',
  '\u0000',
  '\uFFFD',
  '\uD800',
  '5',
  'null',
  '<<: ',
);

/** A file of the sample repository with a few edits, as a hand that slips makes them. */
const edited = fc
  .record({
    path: fc.constantFrom(...PATHS),
    edits: fc.array(
      fc.record({ at: fc.nat(2_000), remove: fc.nat(12), insert: fc.oneof(snippets, fc.string({ maxLength: 4 })) }),
      { minLength: 1, maxLength: 4 },
    ),
  })
  .map(({ path, edits }) => {
    const text = edits.reduce((before, { at, remove, insert }) => {
      const from = at % (before.length + 1);
      return before.slice(0, from) + insert + before.slice(from + remove);
    }, SAMPLES.get(path)!);
    return { path, text };
  });

type Step = string | number;

function pathsOf(value: unknown, path: readonly Step[] = []): (readonly Step[])[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...inner.flatMap(([step, each]) => pathsOf(each, [...path, step]))];
}

function replaceAt(value: unknown, path: readonly Step[], by: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return by;
  const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<Step, unknown>;
  copy[step] = replaceAt(copy[step], rest, by);
  return copy;
}

const values = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    '',
    ' ',
    'x',
    'card',
    'amount',
    'payments',
    'low',
    '1h',
    '3m',
    '0s',
    '2026-02-30',
    '2026-01-01',
    'amount > 1.0',
    '1 +',
    true,
    0,
    -1,
    1,
    2,
    1.5,
    1e300,
    [],
    {},
    [null],
    { x: 1 },
  ),
  fc.jsonValue({ maxDepth: 2 }),
);

/** A well-formed file of the sample repository with one value replaced by another. */
const replaced = fc
  .record({ path: fc.constantFrom(...PATHS), where: fc.nat(1_000), by: values })
  .map(({ path, where, by }) => {
    const value: unknown = parse(SAMPLES.get(path)!);
    const paths = pathsOf(value);
    return { path, text: stringify(replaceAt(value, paths[where % paths.length]!, by)) };
  });

describe('reading documents', () => {
  it.each(Object.keys(DOCUMENTS) as DocumentKind[])('of kind %s never throws, whatever the text', (kind) => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: 'binary', maxLength: 60 }),
          fc.array(snippets, { maxLength: 12 }).map((parts) => parts.join('')),
        ),
        (text) => {
          const { document, findings } = parseDocument(kind, { file: 'f.yaml', text });
          expect(document === null).toBe(findings.length > 0);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('never throws for edited files, and what has no error can be compiled', () => {
    fc.assert(
      fc.property(edited, ({ path, text }) => check(new Map(SAMPLES).set(path, text))),
      { numRuns: 75 },
    );
  });

  it('never throws for replaced values, and what has no error can be compiled', () => {
    fc.assert(
      fc.property(replaced, ({ path, text }) => check(new Map(SAMPLES).set(path, text))),
      { numRuns: 75 },
    );
  });

  it('never throws when several files are wrong or missing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(edited, replaced), { maxLength: 4 }),
        fc.subarray(PATHS, { maxLength: 3 }),
        (changes, missing) => {
          const files = new Map(SAMPLES);
          for (const { path, text } of changes) files.set(path, text);
          for (const path of missing) files.delete(path);
          check(files);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('answers the same whatever the order of the files', () => {
    fc.assert(
      fc.property(edited, fc.shuffledSubarray(PATHS, { minLength: PATHS.length }), ({ path, text }, order) => {
        const files = new Map(SAMPLES).set(path, text);
        const shuffled = new Map(order.map((name) => [name, files.get(name)!]));
        expect(parseWorkspace(shuffled).findings).toEqual(parseWorkspace(files).findings);
      }),
      { numRuns: 25 },
    );
  });
});
