import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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
  const pullRequest = (branch: string, from = REPOSITORY) => {
    const repo = (fullName: string) => ({ full_name: fullName });
    const payload = {
      action: 'opened',
      number: 7,
      pull_request: {
        number: 7,
        head: { ref: branch, repo: repo(from) },
        base: { ref: 'main', repo: repo(REPOSITORY) },
      },
      repository: repo(REPOSITORY),
    };
    return runWorkflow(scratch, { workflow: 'pull-request.yml', event: 'pull_request', branch, payload });
  };
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
    const run = await release({ SIGNALBOX_KEYS: keys }, 'schedule');
    expect(run.exitCode).toBe(0);
    expect(await verify()).toMatchObject({ passed: true, manifests: { 'flight-delay': { serial: 1 } } });
  });

  it('pass a pull request whose candidate the gates let through', async () => {
    await scratch.pushBranch('origin-delays', scratch.addOriginDelays);
    const run = await pullRequest('origin-delays');
    expect(run).toMatchObject({
      exitCode: 0,
      jobs: new Map([
        ['documents', 'success'],
        ['candidate', 'success'],
      ]),
    });
    expect(run.log).toContain('To be trained and judged again: flight-delay');
    expect(run.log).toMatch(/run flight-delay-[0-9a-f]{12} on 20,000 rows; live is version 1/);
    expect(run.log).toContain('The gates let it through.');
    expect(run.log).toContain('## ✅ flight-delay version 2 may be released (against version 1, live in prod)');
  });

  it('train nothing for a pull request from a fork', async () => {
    const run = await pullRequest('origin-delays', 'someone/flights');
    expect(run.exitCode).toBe(0);
    expect(jobsWithSteps(run)).toEqual(['documents']);
  });

  it('train nothing for a pull request that a release verb opened, and say what it does to traffic', async () => {
    const hold = ['hold', 'flight-delay', '--version', '1', '--reason', 'wrong at night', '--json'];
    const { branch } = JSON.parse(await scratch.verb(...hold)) as { branch: string };
    const run = await pullRequest(branch);
    expect(run.exitCode).toBe(0);
    expect(run.log).toContain('Version 1 is held and gets no traffic: wrong at night');
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
});
