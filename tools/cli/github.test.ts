import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addSummary, annotateVerdicts, asCodeBlock, setOutput } from './github.js';

describe('what a verb tells GitHub Actions', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signalbox-github-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('is one line for each output, whatever the value holds', async () => {
    const file = join(folder, 'output');
    await setOutput({ GITHUB_OUTPUT: file }, 'candidates', ['flights', 'two\nlines=x']);
    await setOutput({ GITHUB_OUTPUT: file }, 'none', []);
    expect(await readFile(file, 'utf8')).toBe('candidates=["flights","two\\nlines=x"]\nnone=[]\n');
  });

  it('is Markdown one part after the other for the summary', async () => {
    const file = join(folder, 'summary.md');
    await addSummary({ GITHUB_STEP_SUMMARY: file }, '## One\n\n\n');
    await addSummary({ GITHUB_STEP_SUMMARY: file }, asCodeBlock('Two', '  kept\n```\nshut'));
    expect(await readFile(file, 'utf8')).toBe('## One\n\n### Two\n\n````text\n  kept\n```\nshut\n````\n\n');
  });

  it('is an annotation for each verdict that refuses or warns', async () => {
    const written: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    await annotateVerdicts([
      { id: 'quality/auc', verdict: 'pass', sentence: 'Good.' },
      { id: 'quality/ece', verdict: 'warn', sentence: 'So so.' },
      { id: 'champion/auc', verdict: 'no-data', sentence: 'Too few.' },
    ]);
    write.mockRestore();
    expect(written.map((line) => line.trimEnd())).toEqual([
      '::warning title=warn%3A quality/ece::So so.',
      '::error title=no-data%3A champion/auc::Too few.',
    ]);
  });

  it('is nothing elsewhere', async () => {
    await setOutput({}, 'candidates', []);
    await addSummary({ GITHUB_STEP_SUMMARY: '' }, 'x');
  });
});
