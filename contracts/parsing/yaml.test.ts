import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { MAX_DOCUMENT_CHARACTERS, parseYaml } from './yaml.js';

const run = promisify(execFile);

function findings(text: string): string[] {
  return parseYaml('f.yaml', text).findings.map(({ code, place }) => `${code} ${place.line}:${place.column}`);
}

const bomb = (levels: number) =>
  Array.from(
    { length: levels },
    (_, at) =>
      `l${at}: &l${at} [${Array(10)
        .fill(at === 0 ? 'x' : `*l${at - 1}`)
        .join(', ')}]`,
  ).join('\n');

describe('a YAML file', () => {
  it('is plain data that knows where each value stands', () => {
    const { tree } = parseYaml('f.yaml', 'a: 1\nb:\n  - x\n  - c: [1, 2]\nd:\n');
    expect(tree?.value).toEqual({ a: 1, b: ['x', { c: [1, 2] }], d: null });
    expect(tree?.locate(['a'])).toEqual({ line: 1, column: 4 });
    expect(tree?.locate(['a'], 'key')).toEqual({ line: 1, column: 1 });
    expect(tree?.locate(['b'])).toEqual({ line: 2, column: 1 });
    expect(tree?.locate(['b', 0])).toEqual({ line: 3, column: 5 });
    expect(tree?.locate(['b', 1, 'c', 1])).toEqual({ line: 4, column: 12 });
    expect(tree?.locate(['d'])).toEqual({ line: 5, column: 1 });
  });

  it('shows what is nearest when a path leads to nothing', () => {
    const { tree } = parseYaml('f.yaml', 'a:\n  b: 1\n');
    expect(tree?.locate(['a', 'missing', 'deeper'])).toEqual({ line: 1, column: 1 });
    expect(tree?.locate(['a', 'b', 'deeper'])).toEqual({ line: 2, column: 6 });
    expect(tree?.locate(['a', 7])).toEqual({ line: 1, column: 1 });
    expect(tree?.locate([])).toEqual({ line: 1, column: 1 });
  });

  it('reads YAML 1.2: yes and dates are texts, comments and a byte order mark are no content', () => {
    expect(parseYaml('f', '\uFEFF# hello\na: yes\nb: 2001-04-01\nc: 0o17\n').tree?.value).toEqual({
      a: 'yes',
      b: '2001-04-01',
      c: 15,
    });
  });

  it('expands a few aliases, and locates through them', () => {
    const { tree } = parseYaml('f', 'a: &shared\n  x: 1\nb: *shared\n');
    expect(tree?.value).toEqual({ a: { x: 1 }, b: { x: 1 } });
    expect(tree?.locate(['b', 'x'])).toEqual({ line: 2, column: 6 });
  });

  it.each([
    ['an empty file', '', 'yaml/empty 1:1'],
    ['only comments', '# a\n\n# b\n', 'yaml/empty 1:1'],
    ['only a separator', '---\n', 'yaml/empty 1:1'],
    ['bytes that are not UTF-8', 'a: b\nc: \uFFFD\n', 'yaml/encoding 2:4'],
    ['a control character', 'a: b\u0000\n', 'yaml/encoding 1:5'],
    ['half of a character', 'a: b\nc: "x \\uD800 y"\n', 'yaml/encoding 2:4'],
    ['the other half alone, in a key of a list', 'a:\n  - "\\uDE00\\uD83D": 1\n', 'yaml/encoding 2:5'],
    ['half of a character by its long escape, used twice', 'a: &a "\\U0000DFFF"\nb: *a\n', 'yaml/encoding 1:7'],
    ['a tab as indentation', 'a:\n\tb: 1\n', 'yaml/syntax 2:1'],
    ['an open bracket', 'a: [1, 2\nb: 3\n', 'yaml/syntax 2:1'],
    ['an open quote', 'a: "b\nc: d\n', 'yaml/syntax 3:1'],
    ['two colons in a line', 'a: b: c\n', 'yaml/syntax 1:4'],
    ['a bad escape', 'a: "\\q"\n', 'yaml/syntax 1:5'],
    ['a reserved character', 'a: @b\n', 'yaml/syntax 1:4'],
    ['two documents', 'a: 1\n---\nb: 2\n', 'yaml/many-documents 2:1'],
    ['a key that appears twice', 'a: 1\nb: 2\na: 3\n', 'yaml/duplicate-key 3:1'],
    ['an alias of nothing', 'a: *b\n', 'yaml/alias 1:4'],
    ['an alias of itself', 'a: &a [*a]\n', 'yaml/alias 1:8'],
    ['an alias bomb', bomb(8), 'yaml/alias 2:10'],
    ['a tag of a program', 'a: !!js/function x\n', 'yaml/tag 1:4'],
    ['a list as a key', '? [a]\n: 1\n', 'yaml/tag 1:3'],
    ['a null key', '~: 1\n', 'yaml/tag 1:1'],
    ['the key __proto__', 'a:\n  __proto__: { x: 1 }\n', 'yaml/tag 2:3'],
  ])('with %s has one finding, at its place', (_, text, expected) => {
    expect(findings(text)).toEqual([expected]);
  });

  it('may write a character as the escapes of its two halves', () => {
    expect(parseYaml('f', 'a: "\\uD83D\\uDE00"\n').tree?.value).toEqual({ a: '😀' });
  });

  it('says each finding in plain words, with what to do', () => {
    for (const text of [
      'a: "\\uD800"\n',
      'a:\n\tb: 1\n',
      'a: [1\n',
      'a: 1\na: 2\n',
      'a: *b\n',
      '---\na: 1\n---\nb: 1\n',
    ]) {
      const [finding] = parseYaml('f', text).findings;
      expect(finding?.message).not.toMatch(/undefined|\n/);
      expect(finding?.hint).toMatch(/^[A-Z].*\.$/);
    }
  });

  it.each([
    ['lists on one line', '- ', '1:127'],
    ['brackets', '[', '1:64'],
    ['braces', '{a: ', '1:253'],
    ['brackets that begin lines', '[\n', '64:1'],
    ['brackets in braces', '{a: [', '1:160'],
    ['keys that are marked', '? ', '1:127'],
    ['values without a key', ': ', '1:127'],
    ['lists in keys that are marked', '? - ', '1:127'],
  ])('is refused where its %s are nested too deeply, and is read where they are not', (_what, open, place) => {
    expect(findings(open.repeat(130_000 / open.length))).toEqual([`yaml/too-large ${place}`]);
    const { findings: found } = parseYaml('f', open.repeat(30));
    expect(found.map(({ code }) => code)).not.toContain('yaml/too-large');
  });

  it('is refused where its lines are indented ever deeper', () => {
    const lines = Array.from({ length: 700 }, (_, level) => `${' '.repeat(level)}a:\n`);
    expect(findings(lines.join(''))).toEqual(['yaml/too-large 64:64']);
    expect(findings(lines.slice(0, 40).join(''))).toEqual([]);
  });

  it('cannot end a process that has never parsed one', async () => {
    const script = `import { parseWorkspace } from '@signalbox/contracts';
      const texts = [2000, 2001, 1000, 1999].map((levels, at) => ['features/entities/a' + at + '.yaml', '- '.repeat(levels)]);
      console.log(parseWorkspace(new Map(texts)).findings.length);`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: import.meta.dirname });
    expect(stdout).toBe('4\n');
  });

  it('has a few findings of its own, however many places are wrong', () => {
    for (const text of [':\n', '? []\n', '"\\uD800":\n'].map((line) => line.repeat(262_000 / line.length))) {
      expect(findings(text).length).toBeLessThanOrEqual(20);
    }
  });

  it('is refused above its largest size before it is parsed', () => {
    const startedAt = performance.now();
    expect(findings(`a: ${'x'.repeat(MAX_DOCUMENT_CHARACTERS)}`)).toEqual(['yaml/too-large 1:1']);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('may be a list or a mapping of ten thousand names', () => {
    const names = Array.from({ length: 10_000 }, (_, at) => `merchant-${at}`);
    expect(parseYaml('f', names.map((name) => `- ${name}\n`).join('')).tree?.value).toEqual(names);
    expect(findings(names.map((name) => `${name}: 1\n`).join(''))).toEqual([]);
  });

  it.each([
    ['ten thousand', `x: &a 1\n${'k: *a\n'.repeat(10_000)}`, ['yaml/alias 102:4']],
    ['as many as a large file holds', `x: &a 1\n${'k: *a\n'.repeat(150_000)}`, ['yaml/too-large 1:1']],
    ['one too many', `x: &a 1\ny: [${'*a, '.repeat(101)}]\n`, ['yaml/alias 2:405']],
    ['one too many after a byte order mark', `\uFEFF${'- *a\n'.repeat(101)}`, ['yaml/alias 101:3']],
    ['a hundred', `x: &a 1\nb: &b 1\ny: [${'*a, *b, '.repeat(50)}]\n`, []],
    [
      'none, and stars in texts',
      `x: ["${'*a '.repeat(200)}"]\ny: a${'*a '.repeat(200)}\nz: |\n${' *a\n'.repeat(200)}`,
      [],
    ],
  ])('is refused before its aliases are looked up, where it has %s', (_what, text, expected) => {
    expect(findings(text)).toEqual(expected);
  });

  it('has the findings about keys that the parser itself would have', () => {
    const key = fc.constantFrom('a', 'b', '"a"', "'b'", '1', '"1"', '0x1', 'true', '!!str 1', '&x a', '*x', '~');
    const { flow } = fc.letrec<{ flow: string }>((tie) => ({
      flow: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom('1', 'x'),
        fc.array(fc.tuple(key, tie('flow')), { maxLength: 4 }).map((pairs) => {
          return `{${pairs.map(([name, value]) => `${name} : ${value}`).join(', ')}}`;
        }),
        fc.array(tie('flow'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      ),
    }));
    const block = fc.array(fc.tuple(key, flow), { maxLength: 5 });
    fc.assert(
      fc.property(block, (pairs) => {
        const text = `start: &x 1\n${pairs.map(([name, value]) => `${name} : ${value}\n`).join('')}`;
        const { errors } = parseDocument(text, { prettyErrors: false });
        const expected = errors.filter(({ code }) => code === 'DUPLICATE_KEY').map(({ pos }) => pos[0]);
        const lines = text.split('\n');
        const found = parseYaml('f', text)
          .findings.filter(({ code }) => code === 'yaml/duplicate-key')
          .map(
            ({ place }) =>
              lines.slice(0, place.line! - 1).join('\n').length + (place.line! > 1 ? 1 : 0) + place.column! - 1,
          );
        fc.pre(errors.length <= 10);
        expect(found.sort((a, b) => a - b)).toEqual(expected.sort((a, b) => a - b));
      }),
      { seed: 38, numRuns: 500 },
    );
  });

  it('tells at most ten broken places', () => {
    const { findings: found } = parseYaml('f', Array.from({ length: 50 }, (_, at) => `k${at}: "\\q"`).join('\n'));
    expect(found).toHaveLength(10);
    expect(found[0]?.place.line).toBe(1);
  });
});
