import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../tools/cli/run-command-line.js';
import { createProposalWorld, modelYaml, type ProposalWorld } from './proposal-world.js';

/** The pull-request path as the workflow types it, one verb after the other, with what GitHub Actions gives each of its steps. */
describe('the verbs of the pull-request workflow', () => {
  let world: ProposalWorld;
  beforeAll(async () => {
    world = await createProposalWorld();
    await world.switchTo('candidate');
    await world.commit({ 'models/dispute/model.yaml': modelYaml({ minAuc: 0.99 }) });
  });
  afterAll(() => world.remove());

  async function step(...argv: string[]) {
    const file = (name: string) => join(world.folder, '.git', `${name}-${argv[0]}`);
    let said = '';
    const { exitCode, result } = await runCommandLine(argv, {
      cwd: world.folder,
      env: {
        ...process.env,
        GITHUB_ACTIONS: 'true',
        GITHUB_OUTPUT: file('output'),
        GITHUB_STEP_SUMMARY: file('summary'),
      },
      wallNow: Date.now,
      signal: new AbortController().signal,
      stdout: (text) => {
        said += text;
      },
      stderr: (text) => {
        said += text;
      },
      interactive: false,
    });
    const read = (name: string) => readFile(file(name), 'utf8').catch(() => '');
    return { exitCode, said, json: result?.json, output: await read('output'), summary: await read('summary') };
  }

  it('name the models that the branch changes, as the output that the next job runs over', async () => {
    const { exitCode, output, said, summary } = await step('plan');
    expect({ exitCode, output }).toEqual({ exitCode: 0, output: 'candidates=["dispute"]\n' });
    expect(said).toContain('To be trained and judged again: dispute');
    expect(summary).toContain('### What merging this does\n\n```text\nMerging this changes no traffic.');
  });

  it('take the snapshot that the model is trained on, so that the next steps find it', async () => {
    const taken = (await step('ingest', '--for', 'dispute')).json as readonly { source: string; digest: string }[];
    expect(taken.map(({ source }) => source)).toEqual(['payments']);
    const built = (await step('dataset', 'dispute')).json as { snapshot: string };
    expect(built.snapshot).toBe(taken[0]!.digest);
    expect(await step('ingest', '--for', 'disputes')).toMatchObject({
      exitCode: 2,
      said: expect.stringContaining('there is no model "disputes"'),
    });
  });

  it('train once, and end with the verdict, its reason beside the run and the whole report on its page', async () => {
    expect((await step('train', 'dispute')).json).toMatchObject({ cached: false });
    expect((await step('train', 'dispute')).json).toMatchObject({ cached: true });
    expect(await step('evaluate', 'dispute')).toMatchObject({ exitCode: 0, summary: '' });
    const written: string[] = [];
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0);
    const { exitCode, said, summary } = await step('gate', 'dispute').finally(() => write.mockRestore());
    expect(exitCode).toBe(1);
    expect(written.join('')).toMatch(/^::error title=fail%3A quality\/auc::Area under the ROC curve is /m);
    expect(said).toContain('The gates refuse it.');
    expect(summary).toMatch(/^## ❌ dispute: this candidate is refused by `quality\/auc`/);
    expect(summary).toContain('gates.quality.auc.min');
  });
});
