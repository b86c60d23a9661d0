import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignalboxError, type Verdict } from '@signalbox/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  addSummary,
  annotateError,
  annotateFindings,
  annotateVerdicts,
  asCodeBlock,
  fitSummary,
  maskSecrets,
  setOutput,
} from './github.js';

const ACTIONS = { GITHUB_ACTIONS: 'true' };

describe('what a verb tells GitHub Actions', () => {
  let folder: string;
  let written: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-github-'));
    written = [];
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text).trimEnd()) > 0);
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    return rm(folder, { recursive: true, force: true });
  });

  async function runnerFile(name: string): Promise<NodeJS.ProcessEnv> {
    const path = join(folder, name);
    await writeFile(path, '');
    vi.stubEnv(name, path);
    return { ...ACTIONS, [name]: path };
  }

  it('is an output whose value cannot end early, whatever it holds', async () => {
    const env = await runnerFile('GITHUB_OUTPUT');
    await setOutput(env, 'candidates', ['flights', 'two\nlines=x']);
    await setOutput(env, 'none', []);
    const [name, value, , none, empty] = (await readFile(env.GITHUB_OUTPUT!, 'utf8')).split('\n');
    expect([name, none]).toEqual([
      expect.stringMatching(/^candidates<<ghadelimiter_/),
      expect.stringMatching(/^none<</),
    ]);
    expect([value, empty]).toEqual(['["flights","two\\nlines=x"]', '[]']);
  });

  it('is Markdown one part after the other for the summary', async () => {
    const env = await runnerFile('GITHUB_STEP_SUMMARY');
    await addSummary(env, '## One\n\n\n');
    await addSummary(env, asCodeBlock('Two', '  kept\n```\nshut'));
    expect(await readFile(env.GITHUB_STEP_SUMMARY!, 'utf8')).toBe(
      '## One\n\n### Two\n\n````text\n  kept\n```\nshut\n````\n\n',
    );
  });

  it('goes to the page that the environment names, whichever was written to before', async () => {
    await addSummary(await runnerFile('GITHUB_STEP_SUMMARY'), 'one');
    const path = join(folder, 'another');
    await writeFile(path, '');
    vi.stubEnv('GITHUB_STEP_SUMMARY', path);
    await addSummary({ ...ACTIONS, GITHUB_STEP_SUMMARY: path }, 'two');
    expect(await readFile(path, 'utf8')).toBe('two\n\n');
  });

  it('is an annotation for each verdict that refuses or warns', async () => {
    await annotateVerdicts(ACTIONS, [
      { id: 'quality/auc', verdict: 'pass', sentence: 'Good.' },
      { id: 'quality/ece', verdict: 'warn', sentence: 'So so.' },
      { id: 'champion/auc', verdict: 'no-data', sentence: 'Too few.' },
    ]);
    expect(written).toEqual([
      '::error title=no-data%3A champion/auc::Too few.',
      '::warning title=warn%3A quality/ece::So so.',
    ]);
  });

  it('is each finding beside its line', async () => {
    await annotateFindings(ACTIONS, [
      {
        code: 'schema/bad-value',
        severity: 'error',
        message: 'one\ntwo, 100 %',
        hint: 'Do.',
        place: { file: 'a,b.yaml', line: 3, column: 5, field: 'x' },
      },
      { code: 'rule/suspicious', severity: 'warning', message: 'odd \u202e\u001b[2J', place: { file: 'c.yaml' } },
    ]);
    expect(written).toEqual([
      '::error title=schema/bad-value,file=a%2Cb.yaml,line=3,col=5::x: one%0Atwo, 100 %25%0ADo.',
      '::warning title=rule/suspicious,file=c.yaml::odd \\u{202e}\\u{1b}[2J',
    ]);
  });

  it('counts what GitHub would drop without a word', async () => {
    const verdicts = (count: number): Verdict[] =>
      Array.from({ length: count }, (_, at) => ({ id: `quality/${at}`, verdict: 'fail', sentence: `No ${at}.` }));
    await annotateVerdicts(ACTIONS, verdicts(10));
    expect(written).toHaveLength(10);
    await annotateVerdicts(ACTIONS, verdicts(12));
    expect(written).toHaveLength(20);
    expect(written.at(-1)).toBe('::error title=3 more::3 more: see the log of this step');
  });

  it('is why a verb ended, where no line is to blame', async () => {
    await annotateError(ACTIONS, new SignalboxError('store/unavailable', 'the disk is full', { hint: 'Free some.' }));
    expect(written).toEqual(['::error title=store/unavailable::the disk is full%0AFree some.']);
  });

  it('hides each word of a secret by itself, and no short one', async () => {
    const keys = `prod targets=${'A'.repeat(64)} snapshot=${'B'.repeat(60)}==`;
    const pem = `-----BEGIN PRIVATE KEY-----\n${'C'.repeat(64)}\n${'D'.repeat(20)}\n-----END PRIVATE KEY-----\n`;
    await maskSecrets({ ...ACTIONS, SIGNALBOX_KEYS: keys, SIGNALBOX_APP_KEY: pem });
    expect(written).toEqual(
      ['A'.repeat(64), 'B'.repeat(60), 'C'.repeat(64), 'D'.repeat(20)].map((word) => `::add-mask::${word}`),
    );
  });

  it('hides what a server is told, and not which server', async () => {
    const line = `https://metrics.example Bearer ${'E'.repeat(20)}`;
    await maskSecrets({ ...ACTIONS, SIGNALBOX_PROMETHEUS_AUTHORIZATION: line });
    expect(written).toEqual([`::add-mask::${'E'.repeat(20)}`]);
  });

  it('is nothing elsewhere', async () => {
    await setOutput({}, 'candidates', []);
    await addSummary({ GITHUB_STEP_SUMMARY: '' }, 'x');
    await annotateError({}, new SignalboxError('input/bad-argument', 'x'));
    await maskSecrets({ SIGNALBOX_KEYS: 'x'.repeat(64) });
    expect(written).toEqual([]);
  });
});

describe('a summary that is too long', () => {
  const CUT = /\n\n\*Cut here: .*\*$/;

  it('stays as it is while it fits, line break and all', () => {
    expect(fitSummary('x'.repeat(98), 100)).toBe('x'.repeat(98));
    expect(fitSummary('x'.repeat(99), 100)).toBe('');
  });

  it('is cut between lines, within the room, at any size', () => {
    const text = Array.from({ length: 50 }, (_, at) => `line ${at} ä`).join('\n');
    for (let room = 0; room < Buffer.byteLength(text) + 10; room++) {
      const fitted = fitSummary(text, room);
      expect(Buffer.byteLength(fitted) + 2).toBeLessThanOrEqual(Math.max(room, 2));
      const kept = fitted.replace(CUT, '');
      expect(text === kept || text.startsWith(`${kept}\n`) || kept === '').toBe(true);
    }
  });

  it('closes the code block that it cuts, and only that', () => {
    const text = `a\n\`\`\`\`text\n${'```\n'.repeat(100)}\`\`\`\``;
    const fitted = fitSummary(text, 200).replace(CUT, '');
    expect(fitted.split('\n').filter((line) => line.startsWith('````'))).toHaveLength(2);
    expect(fitted.endsWith('\n````')).toBe(true);
  });
});
