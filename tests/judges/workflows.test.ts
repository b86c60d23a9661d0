import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalForge } from '@signalbox/tools/forge';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { git } from '../e2e/command.js';
import { REPOSITORY, type Run, runWorkflow } from './act.js';
import { createScratchForge, type ScratchForge } from './scratch-forge.js';

const VARIABLES = { SIGNALBOX_ENVIRONMENTS: '["prod"]' };

interface Verification {
  readonly passed: boolean;
  readonly manifests: Readonly<Record<string, { readonly serial: number; readonly champion: number }>>;
}

/** One repository through its life, in the order of the tests: each goes on where the one before ended. */
describe('the workflows, run by act on a local forge', () => {
  let scratch: ScratchForge;
  let keys: string;
  /** Of the pull request that improves the model. */
  let number: number;

  beforeAll(async () => {
    scratch = await createScratchForge();
    keys = (await scratch.verb('keys', 'export', '--env', 'prod')).trim();
    // From here on only the secret can sign.
    await rm(join(scratch.work, '.signalbox', 'keys'), { recursive: true });
    await git(scratch.work, 'switch', '--quiet', '-c', 'first-version');
    await git(scratch.work, 'commit', '--quiet', '--allow-empty', '-m', 'Propose the first version');
    await scratch.verb('propose', 'flight-delay');
    await git(scratch.work, 'switch', '--quiet', 'main');
    await git(scratch.work, 'merge', '--quiet', '--no-ff', '-m', 'Merge the first version', 'first-version');
    await git(scratch.work, 'push', '--quiet');
    await scratch.verb('promote', 'flight-delay', '--version', '1', '--approve-as', 'reviewer', '--merge');
    await git(scratch.work, 'pull', '--quiet', '--ff-only');
  });
  afterAll(() => scratch?.remove());

  const release = (secrets: Readonly<Record<string, string>>, event = 'push', variables = VARIABLES) =>
    runWorkflow(scratch, { workflow: 'release.yml', event, branch: 'main', secrets, variables });
  const repo = (fullName: string) => ({ full_name: fullName, default_branch: 'main' });
  const pullRequest = async (branch: string, { from = REPOSITORY, runId = '7', ...event } = {}) => {
    const sha = await git(scratch.forge, 'rev-parse', branch);
    const payload = {
      action: 'opened',
      ...event,
      number: 7,
      pull_request: {
        number: 7,
        head: { ref: branch, sha, repo: repo(from) },
        base: { ref: 'main', repo: repo(REPOSITORY) },
      },
      repository: repo(REPOSITORY),
    };
    return runWorkflow(scratch, { workflow: 'pull-request.yml', event: 'pull_request', branch, payload, runId });
  };
  /** What GitHub starts once such a run has ended. */
  const report = async ({ branch = '', id = '7', from = REPOSITORY, ...others }) => {
    const head_sha = await git(scratch.forge, 'rev-parse', branch);
    const run = { id, event: 'pull_request', path: '.github/workflows/pull-request.yml', conclusion: 'success' };
    // GitHub lists no pull request where the event is of a fork, and any number of them where several share a branch.
    const asked = { head_sha, head_branch: branch, head_repository: repo(from), pull_requests: [{ number: 999 }] };
    const payload = {
      action: 'completed',
      workflow_run: { ...run, ...asked, display_title: 'Merge me', ...others },
      repository: repo(REPOSITORY),
    };
    const runId = `${id}0`;
    return runWorkflow(scratch, { workflow: 'report.yml', event: 'workflow_run', branch: 'main', payload, runId });
  };
  const reportFork = (display_title: string, others: object = {}) => {
    const path = '.github/workflows/fork.yml';
    return report({ branch: 'main', id: '50', event: 'workflow_dispatch', path, display_title, ...others });
  };
  const dispatch = (workflow: string, inputs: Readonly<Record<string, string>>, runId = '50') =>
    runWorkflow(scratch, { workflow, event: 'workflow_dispatch', branch: 'main', payload: { inputs }, runId });
  const openRequest = async (branch: string): Promise<number> => {
    const forge = await LocalForge.open(scratch.forge, Date.now);
    const author = { name: 'Ada Judge', email: 'ada@example.com' };
    const opened = await forge.openPullRequest({ head: branch, base: 'main', title: branch, body: '', author });
    return opened.number;
  };
  const requestNumbered = async (number: number) =>
    (await LocalForge.open(scratch.forge, Date.now)).getPullRequest(number);
  const resultOf = ({ steps }: Run, name: string) => [...steps].find(([step]) => step.endsWith(name))?.[1];
  const jobsWithSteps = ({ steps }: Run) => [...new Set([...steps.keys()].map((step) => step.split(': ')[0]))];
  const verify = async () => JSON.parse(await scratch.verb('verify', '--env', 'prod', '--json')) as Verification;

  it('release nothing while the repository names no environment', async () => {
    const run = await release({ SIGNALBOX_KEYS: keys }, 'push', { SIGNALBOX_ENVIRONMENTS: '' });
    expect([run.exitCode, run.steps.size]).toEqual([0, 0]);
    await expect(verify()).rejects.toThrow('nothing has been published for environment prod');
  });

  it('release nothing without keys, and say how to bring them', async () => {
    const run = await release({});
    expect(run.exitCode).toBe(1);
    expect(run.log).toContain('there are no signing keys in');
    await expect(verify()).rejects.toThrow('nothing has been published for environment prod');
  });

  it('publish on a push what main asks for, signed with the secret, as pods accept it', async () => {
    const run = await release({ SIGNALBOX_KEYS: keys });
    expect(run).toMatchObject({ exitCode: 0, jobs: new Map([['reconcile', 'success']]) });
    expect(run.log).toContain('prod/flight-delay published serial 1, live: version 1 answers all units');
    expect(await verify()).toMatchObject({ passed: true, manifests: { 'flight-delay': { serial: 1, champion: 1 } } });
    for (const key of keys.split(/[ =]/).filter((word) => word.length > 40)) expect(run.log).not.toContain(key);
  });

  it('change nothing on a schedule when nothing has changed', async () => {
    const run = await runWorkflow(scratch, {
      workflow: 'reconcile.yml',
      event: 'schedule',
      branch: 'main',
      secrets: { SIGNALBOX_KEYS: keys },
      variables: VARIABLES,
    });
    expect(run.exitCode).toBe(0);
    expect(run.log).toContain('prod/flight-delay');
    expect(await verify()).toMatchObject({ passed: true, manifests: { 'flight-delay': { serial: 1 } } });
  });

  it('train a pull request without a secret, and leave what came of it for the judge', async () => {
    await scratch.pushBranch('origin-delays', scratch.addOriginDelays);
    const run = await pullRequest('origin-delays');
    expect(run).toMatchObject({
      exitCode: 0,
      jobs: new Map([
        ['documents', 'success'],
        ['train', 'success'],
      ]),
    });
    expect(run.log).toContain('To be trained and judged again: flight-delay');
    expect(run.log).not.toContain('The gates');
  });

  it('judge and report it from the main branch: one comment, one check, and the record on its branch', async () => {
    number = await openRequest('origin-delays');
    const run = await report({ branch: 'origin-delays' });
    expect(run).toMatchObject({
      exitCode: 0,
      jobs: new Map([
        ['plan', 'success'],
        ['judge', 'success'],
        ['speak', 'success'],
      ]),
    });
    expect(run.log).toContain('The gates let it through.');
    const { checks, comments } = await requestNumbered(number);
    const head = await git(scratch.forge, 'rev-parse', 'origin-delays');
    expect(checks['signalbox/gates']).toMatchObject({ commit: head, verdict: 'pass' });
    expect(comments).toHaveLength(1);
    const record = await git(scratch.forge, 'show', `${head}:models/flight-delay/versions/2.yaml`);
    expect(record).toContain('package:');
  });

  it('neither train nor judge the commit that only brings the record, and keep the check', async () => {
    const train = await pullRequest('origin-delays', { runId: '8' });
    expect(jobsWithSteps(train)).toEqual(['documents']);
    const run = await report({ branch: 'origin-delays', id: '8' });
    expect(run.exitCode).toBe(0);
    expect(jobsWithSteps(run)).toEqual(['plan', 'speak']);
    const { checks, comments } = await requestNumbered(number);
    const head = await git(scratch.forge, 'rev-parse', 'origin-delays');
    expect(checks['signalbox/gates']).toMatchObject({ commit: head, verdict: 'pass' });
    expect(comments).toHaveLength(1);
  });

  it('do nothing where only a title was edited, and look again where the base was', async () => {
    const edit = (changes: object) => pullRequest('origin-delays', { runId: '9', ...{ action: 'edited', changes } });
    // As below, act ends with an error where GitHub does not.
    expect((await edit({ title: { from: 'Before' } })).steps.size).toBe(0);
    const retargeted = await edit({ base: { ref: { from: 'develop' } } });
    expect([retargeted.exitCode, jobsWithSteps(retargeted)]).toEqual([0, ['documents']]);
    expect((await report({ branch: 'origin-delays', id: '9', conclusion: 'skipped' })).steps.size).toBe(0);
  });

  it('report a commit that a maintainer names, as they do for a fork, and take no verdict of the run that trained', async () => {
    const commit = await git(scratch.forge, 'rev-parse', 'origin-delays');
    await git(scratch.forge, 'update-ref', `refs/pull/${number}/head`, commit);
    const trained = await dispatch('fork.yml', { 'pull-request': String(number), commit });
    expect([trained.exitCode, jobsWithSteps(trained)]).toEqual([0, ['documents']]);
    const forged = join(scratch.folder, 'artifacts-of-runs', '50', 'verdict-flight-delay');
    await mkdir(forged, { recursive: true });
    await writeFile(join(forged, 'verdict.json'), '{}');
    const title = `Pull request ${number} at ${commit}`;
    const run = await reportFork(title);
    expect(run.exitCode).toBe(0);
    expect(run.log).toContain(`Pull request #${number}: nothing stands against merging it`);
    expect((await requestNumbered(number)).comments).toHaveLength(1);
    expect((await reportFork(title, { path: '.github/workflows/other.yml' })).steps.size).toBe(0);
    expect((await reportFork(title, { head_branch: 'origin-delays' })).steps.size).toBe(0);
  });

  it('neither train nor report a commit of a fork that is the head no more', async () => {
    const commit = await git(scratch.forge, 'rev-parse', 'origin-delays~1');
    const trained = await dispatch('fork.yml', { 'pull-request': String(number), commit });
    expect([trained.exitCode, jobsWithSteps(trained)]).toEqual([1, ['documents']]);
    expect(resultOf(trained, 'Its files')).toBeUndefined();
    const run = await reportFork(`Pull request ${number} at ${commit}`);
    expect(run.exitCode).toBe(1);
    expect(run.log).toContain(`the head of pull request ${number} is`);
    expect(run.log).not.toContain('nothing stands against merging it');
  });

  it('train nothing for a pull request from a fork', async () => {
    const run = await pullRequest('origin-delays', { from: 'someone/flights' });
    expect(run.exitCode).toBe(0);
    expect(jobsWithSteps(run)).toEqual(['documents']);
  });

  it('report nothing of a fork by itself', async () => {
    // act then also reads the matrix of a job that needs the skipped one, and ends with an error; GitHub does not.
    expect((await report({ branch: 'origin-delays', from: 'someone/flights' })).steps.size).toBe(0);
  });

  it('train nothing for a pull request that a release verb opened, and say what it does to traffic', async () => {
    const hold = ['hold', 'flight-delay', '--version', '1', '--reason', 'wrong at night', '--json'];
    const { branch } = JSON.parse(await scratch.verb(...hold)) as { branch: string };
    const run = await pullRequest(branch);
    expect(run.exitCode).toBe(0);
    expect(run.log).toContain(
      'Version 1 is held and serves on, because nothing else is loaded that could: wrong at night',
    );
    expect(jobsWithSteps(run)).toEqual(['documents']);
  });

  it('fail a pull request with broken documents, with every finding at its place', async () => {
    await scratch.pushBranch('broken', async () => {
      await scratch.addOriginDelays();
      await scratch.edit('features/views/origin_delays.yaml', (text) =>
        text.replace('source: flights', 'source: flihgts'),
      );
      await writeFile(join(scratch.work, 'releases/prod/flight-delay.yaml'), 'version: 1\nstratgy: canary\n');
    });
    const run = await pullRequest('broken');
    expect(run.exitCode).toBe(1);
    expect(run.jobs.get('documents')).toBe('failure');
    expect(resultOf(run, 'Every document and reference, all findings at once')).toBe('failure');
    expect(run.log).toMatch(
      /::error title=[\w/-]+,file=features\/views\/origin_delays\.yaml,line=\d+,col=\d+::.*flihgts/,
    );
    expect(run.log).toMatch(/::error title=[\w/-]+,file=releases\/prod\/flight-delay\.yaml,line=2,col=1::.*stratgy/);
    expect(jobsWithSteps(run)).toEqual(['documents']);
  });

  it('say so on the pull request, by the check that a merge needs', async () => {
    const broken = await openRequest('broken');
    const run = await report({ branch: 'broken' });
    expect([run.exitCode, jobsWithSteps(run)]).toEqual([1, ['plan', 'speak']]);
    const { checks, comments } = await requestNumbered(broken);
    expect(checks['signalbox/gates']).toMatchObject({ verdict: 'fail' });
    expect(comments[0]?.body).toContain('flihgts');
  });

  it('look at what pods wrote each night, and find nothing wrong', async () => {
    const nightly = { workflow: 'nightly.yml', event: 'schedule', branch: 'main', variables: VARIABLES };
    const run = await runWorkflow(scratch, nightly);
    expect(run).toMatchObject({ exitCode: 0, jobs: new Map([['look', 'success']]) });
  });

  it('roll back by a button: the revert is a merge on main, and the next release brings the version before', async () => {
    const forge = await LocalForge.open(scratch.forge, Date.now);
    await forge.merge(number, { name: 'Ada Judge', email: 'ada@example.com' });
    await git(scratch.work, 'switch', '--quiet', 'main');
    await git(scratch.work, 'pull', '--quiet', '--ff-only');
    await scratch.verb('promote', 'flight-delay', '--version', '2', '--approve-as', 'reviewer', '--merge');
    const release2 = 'releases/prod/flight-delay.yaml';
    expect(await git(scratch.forge, 'show', `main:${release2}`)).toContain('version: 2');
    const run = await dispatch('rollback.yml', { model: 'flight-delay', environment: 'prod', to: '' });
    expect(run).toMatchObject({ exitCode: 0, jobs: new Map([['rollback', 'success']]) });
    expect(await git(scratch.forge, 'show', `main:${release2}`)).toContain('version: 1');
    expect(await git(scratch.forge, 'log', '-1', '--format=%P', 'main')).toMatch(/^\w{40} \w{40}$/);
  });
});
