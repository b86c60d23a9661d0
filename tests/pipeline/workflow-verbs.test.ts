import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../tools/cli/run-command-line.js';
import { createProposalWorld, modelYaml, type ProposalWorld } from './proposal-world.js';

/** The pull-request path as the workflows type it, one verb after the other, with what GitHub Actions gives each of their steps. */
describe('the verbs of the pull-request workflow', () => {
  let world: ProposalWorld;
  beforeAll(async () => {
    world = await createProposalWorld();
    await world.switchTo('candidate');
    await world.commit({ 'models/dispute/model.yaml': modelYaml({ minAuc: 0.99 }) });
  });
  afterEach(() => vi.unstubAllEnvs());
  afterAll(() => world.remove());

  /** The runner makes a new file for each step, and says its name in the environment. */
  async function runnerFile(name: string): Promise<string> {
    const path = join(world.folder, '.git', name);
    await writeFile(path, '');
    vi.stubEnv(name, path);
    return path;
  }

  async function step(...argv: string[]) {
    const [outputs, page] = [await runnerFile('GITHUB_OUTPUT'), await runnerFile('GITHUB_STEP_SUMMARY')];
    let said = '';
    const write = (text: string | Uint8Array) => {
      said += text;
      return true;
    };
    const stdout = vi.spyOn(process.stdout, 'write').mockImplementation(write);
    const { exitCode, result } = await runCommandLine(argv, {
      cwd: world.folder,
      env: { ...process.env, GITHUB_ACTIONS: 'true' },
      wallNow: Date.now,
      signal: new AbortController().signal,
      stdout: write,
      stderr: write,
      interactive: false,
    }).finally(() => stdout.mockRestore());
    const [output, summary] = [await readFile(outputs, 'utf8'), await readFile(page, 'utf8')];
    return { exitCode, said, json: result?.json, output, summary };
  }

  it('name the models that the branch changes, as the output that the next job runs over', async () => {
    const { exitCode, output, said, summary } = await step('plan', '--commit', 'candidate');
    expect(exitCode).toBe(0);
    expect(output).toMatch(/^candidates<<(\S+)\n\["dispute"\]\n\1\n$/);
    expect(said).toContain('To be trained and judged again: dispute');
    expect(summary).toContain('### What merging this does\n\n```text\nNo release file asks for anything else.');
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

  it('train once, and leave the run for a job that believes nothing of it', async () => {
    const train = (folder: string) => step('train', 'dispute', '--handover', `.signalbox/${folder}`);
    expect((await train('first')).json).toMatchObject({ cached: false });
    expect(await train('handover')).toMatchObject({ exitCode: 0, json: { cached: true } });
    expect(await train('handover')).toMatchObject({ exitCode: 2, said: expect.stringContaining('is not empty') });
  });

  it('judge by the main branch, with each reason beside the run and the whole report on its page', async () => {
    await world.switchTo('main');
    const folders = ['--handover', '.signalbox/handover', '--out', '.signalbox/verdict'];
    const { exitCode, output, said, summary } = await step('judge', 'dispute', '--commit', 'candidate', ...folders);
    expect(exitCode).toBe(1);
    expect(output).toMatch(/^let-through<<(\S+)\nfalse\n\1\n$/);
    expect(said).toMatch(/^::error title=fail%3A quality\/auc::Area under the ROC curve is /m);
    expect(said).toContain('The gates refuse it.');
    expect(summary).toMatch(/^## ❌ dispute: this candidate is refused by `quality\/auc`/);
    expect(summary).toContain('gates.quality.auc.min');
  });

  it('speak of a branch whose pull request is not open to nobody, where it must be', async () => {
    const none = await step('speak', '--branch', 'candidate', '--must-be-open', '--commit', 'candidate');
    expect(none.exitCode).toBeGreaterThan(0);
    expect(none.said).toContain('no pull request from candidate to main is open');
  });

  it('speak of it on the pull request of the branch, and end as the gates do', async () => {
    const spoken = await step(
      'speak',
      '--branch',
      'candidate',
      '--commit',
      'candidate',
      '--verdict',
      '.signalbox/verdict',
    );
    expect(spoken).toMatchObject({
      exitCode: 1,
      said: expect.stringContaining('Pull request #1: it must not be merged\n  dispute: the gates refuse it'),
    });
    expect(await step('speak', '--commit', 'candidate')).toMatchObject({
      exitCode: 2,
      said: expect.stringContaining('expected --pull-request with a number, or --branch with a name'),
    });
  });
});
