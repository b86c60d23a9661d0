import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../run-command-line.js';

const SAMPLES = resolve(fileURLToPath(import.meta.url), '../../../../docs/examples');

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-validate-verb-'));
  await cp(SAMPLES, root, { recursive: true });
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

async function validate(options: readonly string[] = [], env: Record<string, string> = {}) {
  const out: string[] = [];
  const err: string[] = [];
  const { exitCode } = await runCommandLine(['validate', '--repo', root, ...options], {
    cwd: '/',
    env,
    wallNow: () => 0,
    signal: new AbortController().signal,
    stdout: (text) => out.push(text),
    stderr: (text) => err.push(text),
    interactive: false,
  });
  return { exitCode, out: out.join(''), err: err.join('') };
}

const breakRelease = () => writeFile(join(root, 'releases/prod/card-fraud.yaml'), 'version: 9\nstratgy: canary\n');

describe('signalbox validate', () => {
  it('says in a sentence that all is well', async () => {
    expect(await validate()).toMatchObject({
      exitCode: 0,
      err: '',
      out: expect.stringMatching(/^All 23 documents are valid: /),
    });
  });

  it('prints every finding with its place and what to do, and ends with exit code 2', async () => {
    await breakRelease();
    await writeFile(
      join(root, 'features/entities/card.yaml'),
      'description: A card.\nkeys:\n  - { name: card, type: strng }\n',
    );
    const { exitCode, out, err } = await validate();
    expect(exitCode).toBe(2);
    expect(out).toBe('');
    expect(
      err,
    ).toBe(`features/entities/card.yaml:3:25  error  keys[0].type: expected one of string, int; got the text "strng"
    Did you mean "string"?

releases/prod/card-fraud.yaml:2:1  error  stratgy: unknown key "stratgy"; the nearest known key is "strategy"
    Write "strategy", or remove the key.

error: expected valid documents, found 2 errors in 2 files [input/invalid-documents]
  hint: Correct the findings above; \`signalbox validate\` checks all again.
`);
  });

  it('answers one JSON value with --json, valid or not', async () => {
    expect(JSON.parse((await validate(['--json'])).out)).toMatchObject({
      valid: true,
      documents: { model: 1 },
      findings: [],
    });
    await breakRelease();
    const { exitCode, out } = await validate(['--json'], { GITHUB_ACTIONS: 'true' });
    expect(exitCode).toBe(2);
    expect(JSON.parse(out)).toMatchObject({
      error: {
        code: 'input/invalid-documents',
        findings: [{ code: 'schema/unknown-key', place: { line: 2, column: 1 } }],
      },
    });
  });

  it('prints what can be read of thousands of findings, answers more with --json, and says where that is not all', async () => {
    const columns = Array.from({ length: 1000 }, (_, at) => `  c${at}: { type: strng }\n`).join('');
    const path = join(root, 'features/sources/broken.yaml');
    await writeFile(path, `description: d\nowner: o\ndata: { format: csv, path: x.csv }\ncolumns:\n${columns}`);
    const { err } = await validate();
    expect(err.split('\n').length).toBeLessThan(60);
    expect(err).toMatch(/and \d+ more in features\/sources\/broken\.yaml\n\n`signalbox validate --json` lists more/);
    const { findings } = JSON.parse((await validate(['--json'])).out).error;
    expect(findings).toHaveLength(201);
    expect(findings.map(({ code }: { code: string }) => code)).toContain('schema/too-many');
  });

  it('annotates the pull request where GitHub Actions runs it', async () => {
    await breakRelease();
    const write = vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
    await validate([], { GITHUB_ACTIONS: 'true' });
    const lines = write.mock.calls.map(([text]) => String(text));
    write.mockRestore();
    expect(
      lines.filter((line) =>
        line.startsWith('::error title=schema/unknown-key,file=releases/prod/card-fraud.yaml,line=2,col=1::'),
      ),
    ).toHaveLength(1);
  });
});
