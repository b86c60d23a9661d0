import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestWorld, digestOf, podAt, type TestWorld } from '../../../tests/support/release-world.js';
import { BOT, LocalForge, readFileAtCommit, readWorkspaceCommit } from '../../forge/index.js';
import { promote } from '../changes/promote.js';
import { runDaemon } from '../pass/daemon.js';
import { openReconciler } from '../pass/open-environment.js';
import { type PassResult, runPass } from '../pass/pass.js';
import { describeWithdrawal } from '../status/describe.js';
import { describeStatus } from '../status/describe-status.js';
import { readStatus } from '../status/read.js';

/** One story, told in order: each test goes on where the one before ended. */
describe('a version that failed although Git asks for it', () => {
  let world: TestWorld;
  let forge: LocalForge;

  beforeAll(async () => {
    world = await createTestWorld();
    forge = await LocalForge.open(world.forge);
    await promoted(1);
    await pass();
  });
  afterAll(() => world.remove());

  /** As a process of its own would make it: nothing is remembered. */
  async function pass(): Promise<PassResult> {
    const { close, tools } = await openReconciler(world.address);
    return runPass(tools, null).finally(close);
  }
  async function promoted(version: number, rePromote = false): Promise<void> {
    const about = { repo: world.folder, model: 'late', environment: 'prod', version, strategy: 'canary' };
    await promote({ ...about, merge: true, rePromote, wallNow: Date.now });
  }
  async function fails(): Promise<PassResult> {
    const { models } = await pass();
    await world.report(podAt('pod-1', models[0]!.manifest!.serial, { 1: [900, 0], 2: [50, 20] }));
    return pass();
  }

  it('is taken back by one pull request, which is opened in the pass that rejects it', async () => {
    await promoted(2);
    const { models, withdrawals } = await fails();
    expect(models[0]!.manifest).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'rejected' } });
    expect(withdrawals).toEqual([{ model: 'late', version: 2, number: 3, state: 'open', problem: null }]);
    expect(await forge.getPullRequest(3)).toMatchObject({
      author: BOT.name,
      head: 'withdraw/prod/late-v2',
      title: 'Withdraw late version 2 from prod',
    });
    expect((await pass()).withdrawals).toEqual(withdrawals);
    expect(await forge.listPullRequests()).toHaveLength(3);
  });

  it('has a request that says first what was decided, then what it rests on, what happened, and what to do', async () => {
    const { body } = await forge.getPullRequest(3);
    expect(body).toMatch(
      /^\*\*Rejected: version 2 of late failed in prod and gets no more traffic. Version 1 serves.\*\*/,
    );
    const parts = ['20 of 50', '| **fail** | `rollout/error-rate` |', '### What happened', '--re-promote'];
    const found = parts.map((part) => body.indexOf(part));
    expect(found).toEqual([...found].sort((a, b) => a - b));
    expect(found).not.toContain(-1);
    expect(body).toMatch(/\| 2 \| version 2 is asked for: strategy canary starts with canary step 1 of 2/);
    expect(body.indexOf('starts with')).toBeLessThan(body.indexOf('version 2 failed and gets no more traffic'));
  });

  it('changes the release file to what served, adds the hold, and is valid', async () => {
    const head = await forge.headOf('withdraw/prod/late-v2');
    const { findings, workspace } = await readWorkspaceCommit(world.forge, head);
    expect(findings).toEqual([]);
    const { holds, releases } = workspace.environments.get('prod')!;
    expect(releases.get('late')).toMatchObject({ version: 1 });
    expect(holds.get(digestOf(2))).toMatchObject({
      model: 'late',
      by: BOT.name,
      reason: expect.stringContaining('20 of 50'),
    });
    expect(await world.git.run(['ls-remote', 'origin', 'refs/heads/withdraw/prod/late-v2'])).toContain(head);
    const before = await readFileAtCommit(world.forge, 'main~1', 'releases/prod/late.yaml');
    expect(await readFileAtCommit(world.forge, head, 'releases/prod/late.yaml')).toBe(before);
  });

  it('is named by status with its request', async () => {
    const text = describeStatus(await readStatus(world.address));
    expect(text).toContain('version 2 of late is to be taken back: pull request #3 is open, merge it');
  });

  it('is told once by a daemon, however many passes it stays open', async () => {
    const { close, tools } = await openReconciler(world.address);
    const [said, stop] = [[] as string[], new AbortController()];
    let passes = 0;
    const ensure: typeof tools.withdrawals.ensure = (...about) => {
      passes += 1;
      if (passes === 3) stop.abort();
      return tools.withdrawals.ensure(...about);
    };
    await runDaemon({
      ...{ tools: { ...tools, withdrawals: { ensure } }, signal: stop.signal, random: () => 0 },
      ...{
        onOutcome: () => undefined,
        onPromotion: () => undefined,
        onHeldUp: () => undefined,
        onFailure: () => undefined,
        onRecovered: () => undefined,
      },
      onWithdrawal: (outcome) => said.push(describeWithdrawal(outcome)),
    });
    await close();
    expect(said).toEqual(['version 2 of late is to be taken back: pull request #3 is open, merge it']);
  });

  it('moves no traffic when the request is merged, and comes back only when a person promotes it again', async () => {
    await forge.merge(3, { name: 'Ada Test', email: 'ada@example.com' });
    const merged = await pass();
    expect(merged.models[0]!.manifest).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'live' } });
    expect(merged.withdrawals).toEqual([]);
    await expect(promoted(2)).rejects.toThrow('it is held by signalbox');
    await promoted(2, true);
    expect((await pass()).models[0]!.manifest).toMatchObject({
      candidate: 2,
      rollout: { phase: 'canary', rejected: [] },
    });
  });

  it('is taken back by another request when it fails again: the first one was about another rejection', async () => {
    const { models, withdrawals } = await fails();
    const { serial } = models[0]!.manifest!;
    expect(withdrawals).toMatchObject([{ number: 5, state: 'open' }]);
    expect((await forge.getPullRequest(5)).head).toBe(`withdraw/prod/late-v2-${serial}`);
  });

  it('stays out when its re-promotion is older than the rejection', async () => {
    const { models, withdrawals } = await pass();
    expect(models[0]).toMatchObject({ changed: false, manifest: { rollout: { phase: 'rejected' } } });
    expect(withdrawals).toMatchObject([{ number: 5 }]);
    await world.git.run(['fetch', '--quiet', 'origin', 'main']);
    const log = await world.git.run(['log', '--format=%B', 'FETCH_HEAD']);
    expect(log).toContain(`Re-promote: prod/late@${digestOf(2)}`);
  });

  it('closes the open request when a person promotes the version again: merged later, it would take that back', async () => {
    await promoted(2, true);
    expect(await forge.getPullRequest(5)).toMatchObject({
      state: 'closed',
      comments: [{ author: 'Ada Test', body: 'Promoted again by #6.' }],
    });
    expect((await pass()).models[0]!.manifest).toMatchObject({ candidate: 2 });
  });
});
