import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { releaseStory } from '../../../tests/support/release-story.js';
import { podAt, recordOf, toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { commitFiles, GitRepository, readFileAtCommit, readWorkspaceCommit, runPlumbing } from '../../forge/index.js';
import { runDaemon } from '../pass/daemon.js';
import { openReconciler } from '../pass/open-environment.js';
import { runPass } from '../pass/pass.js';
import { readStatus } from '../status/read.js';
import { hold } from './hold.js';
import { openSession, proposeRelease } from './release-session.js';

const GRACE = { name: 'Grace', email: 'grace@example.com' };

describe('a release', () => {
  const story = releaseStory();
  const { asked, back, manifest, pass, promoted } = story;

  it('has documents without a finding', async () => {
    const head = await story.world.git.requireCommit('HEAD');
    expect((await readWorkspaceCommit(story.world.forge, head)).findings).toEqual([]);
  });

  it('goes from promotion over canary steps to live, and back at once by a revert', async () => {
    expect((await pass()).models).toEqual([]);
    await promoted(1);
    expect(manifest(await pass())).toMatchObject({ serial: 1, champion: 1, rollout: { phase: 'live' } });
    await asked(2, 'canary');
    expect(manifest(await pass())).toMatchObject({ candidate: 2, candidateBuckets: 1000 });
    expect((await pass()).signed).toBe('nothing');
    await story.world.report(podAt('pod-1', 2, { 1: [900, 0], 2: [200, 0] }));
    expect(manifest(await pass())).toMatchObject({ serial: 3, candidateBuckets: 5000 });
    await story.world.report(podAt('pod-1', 3, { 1: [900, 0], 2: [200, 0] }));
    expect(manifest(await pass())).toMatchObject({ serial: 4, champion: 2, previousChampion: 1, candidate: null });
    await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
    await story.world.git.run(['revert', '--no-edit', '-m', '1', 'HEAD']);
    await story.world.git.run(['push', '--quiet', 'origin', 'HEAD:main']);
    const reverted = await pass();
    expect(manifest(reverted)).toMatchObject({ serial: 5, champion: 1, candidate: null });
    expect(reverted.models[0]!.reasons[0]).toContain('without steps');
  });

  it('keeps a version that failed out, until a person promotes it again', async () => {
    await asked(1);
    await pass();
    await asked(2, 'canary');
    await pass();
    await story.world.report(podAt('pod-1', 2, { 1: [900, 0], 2: [50, 20] }));
    expect(manifest(await pass())).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'rejected' } });
    await back();
    expect(manifest(await pass()).rollout.phase).toBe('live');
    await asked(2, 'canary');
    expect(manifest(await pass())).toMatchObject({ champion: 1, rollout: { phase: 'rejected' } });
    await expect(promoted(2)).rejects.toMatchObject({
      message: expect.stringContaining('--re-promote'),
      hint: 'Nothing was changed.',
    });
    await expect(promoted(1, { rePromote: true })).rejects.toMatchObject({
      code: 'release/refused',
      message: expect.stringContaining('neither held nor rejected in prod'),
      hint: 'Nothing was changed.',
    });
    await promoted(2, { rePromote: true });
    const again = manifest(await pass());
    expect(again).toMatchObject({ candidate: 2, candidateBuckets: 1000, rollout: { phase: 'canary', rejected: [] } });
    await expect(promoted(2, { rePromote: true })).rejects.toThrow('nothing for --re-promote to clear');
    await story.world.report(podAt('pod-1', again.serial, { 1: [900, 0], 2: [50, 20] }));
    expect(manifest(await pass()).rollout.phase).toBe('rejected');
    expect((await pass()).signed).toBe('nothing');
  });

  it('takes all traffic from a held version and lifts the hold with a new promotion', async () => {
    await asked(1);
    await pass();
    await asked(2, 'canary');
    await pass();
    const held = {
      repo: story.world.folder,
      model: 'late',
      environment: 'prod',
      version: 2,
      reason: 'bad at night',
      merge: true,
    };
    await hold({ ...held, wallNow: Date.now });
    await expect(hold({ ...held, wallNow: Date.now })).rejects.toMatchObject({ code: 'release/refused' });
    expect(manifest(await pass())).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'held' } });
    const status = await readStatus(story.world.address);
    expect(status.models[0]!.reasons[0]).toContain('bad at night');
    expect(status.models[0]!.notes.join()).toMatch(
      /version 2 is releases[/]prod[/]holds[/][0-9a-f]{64}[.]yaml.*--lift/,
    );
    await promoted(2, { rePromote: true });
    expect(manifest(await pass())).toMatchObject({ candidate: 2, rollout: { phase: 'canary' } });
  });

  it('refuses a branch that lost the published commit, and serves on', async () => {
    await asked(1);
    const before = await pass();
    await story.world.git.run(['commit', '--quiet', '--allow-empty', '-m', 'Elsewhere']);
    await story.world.git.run(['push', '--quiet', '--force', 'origin', 'HEAD:main']);
    const failed = pass();
    await expect(failed).rejects.toMatchObject({
      code: 'git/not-a-descendant',
      hint: expect.stringContaining('serve on'),
    });
    await expect(failed).rejects.toThrow(before.models[0]!.manifest!.commit);
    const status = await readStatus(story.world.address);
    expect(status.models[0]!.published?.serial).toBe(1);
  });

  it('lets a broken document hold one model and no other, and never a revert', async () => {
    await asked(1);
    await pass();
    await asked(2);
    expect(manifest(await pass())).toMatchObject({ champion: 2 });
    await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
    await story.world.commit({
      'models/late/model.yaml': 'description: [broken\n',
      'releases/strategies/direct.yaml': 'description: 3\n',
      'releases/prod/broken.yaml': 'version: many\n',
    });
    const { models } = await pass();
    expect(models.map((one) => one.model)).toEqual(['broken', 'late']);
    expect(models[0]!.reasons[0]).toContain('releases/prod/broken.yaml');
    await back();
    expect(manifest(await pass())).toMatchObject({ champion: 1, rule: '0.2' });
    await promoted(3, { strategy: 'canary' }).catch(() => undefined);
    expect(manifest(await pass())).toMatchObject({ champion: 1 });
  });

  it('goes back and back again to what ran before, never forward to what was left', async () => {
    for (const version of [1, 2, 3]) {
      await asked(version);
      await pass();
    }
    expect((await back()).title).toContain('version 2');
    await pass();
    expect((await back()).title).toContain('version 1');
    await expect(back()).rejects.toMatchObject({
      code: 'release/refused',
      message: expect.stringContaining('Git asks for version 1 already'),
    });
    await expect(back({ to: 9 })).rejects.toMatchObject({
      message: expect.stringContaining('prod never asked for version 9 (1, 2, 3)'),
    });
    expect((await back({ to: 3 })).title).toContain('forward to version 3 again');
  });

  it('refuses a promotion with every reason at once and changes nothing', async () => {
    await asked(1);
    await pass();
    const failed = recordOf(2, {
      boundTo: { ...recordOf(2).boundTo, champion: null },
      verdicts: [{ id: 'quality/auc', verdict: 'fail', sentence: 'It is worse.' }],
    });
    await story.world.git.run(['pull', '--quiet', 'origin', 'main']);
    const before = await story.world.commit(toYaml({ 'models/late/versions/2.yaml': failed }));
    const refusal = promoted(2, { strategy: 'slow' });
    await expect(refusal).rejects.toMatchObject({
      code: 'release/refused',
      hint: expect.stringContaining('a new one is proposed: on a branch of its own'),
    });
    for (const said of [
      'It is worse',
      'no strategy "slow"',
      'does not allow',
      'no champion, but version 1 is live in prod',
    ]) {
      await expect(refusal).rejects.toThrow(said);
    }
    expect(await story.world.git.run(['ls-remote', 'origin'])).toContain(before);
    await expect(promoted(1)).rejects.toThrow('asks for it already');
    await expect(promoted(3, { fallback: 3 })).rejects.toThrow('version 2');
    await expect(promoted(1, { fallback: 1 })).rejects.toMatchObject({ code: 'input/invalid-documents' });
    await expect(promoted(1, { fallback: 8 })).rejects.toThrow('has no version 8');
    await expect(promoted(7)).rejects.toMatchObject({
      code: 'input/unknown-reference',
      hint: expect.stringContaining('1, 2, 3'),
    });
    await expect(promoted(1, { environment: 'staging' })).rejects.toMatchObject({ code: 'input/unknown-reference' });
  });

  it('merges only when enough people other than the author agreed on this very commit', async () => {
    const card = worldDocuments()['models/late/model.yaml'] as object;
    await story.world.commit(toYaml({ 'models/late/model.yaml': { ...card, riskTier: 'high' } }));
    const before = await story.world.git.requireCommit('HEAD');
    expect(await promoted(1)).toMatchObject({ number: 1, merged: null, missingApprovals: 2 });
    expect(await promoted(1, { approveAs: 'Ada Test' })).toMatchObject({
      number: 1,
      merged: null,
      missingApprovals: 2,
    });
    expect(await promoted(1, { approveAs: 'Grace' })).toMatchObject({ number: 1, merged: null, missingApprovals: 1 });
    expect(await promoted(1, { approveAs: 'Grace' })).toMatchObject({ merged: null, missingApprovals: 1 });
    expect(await story.reconciler.tools.branch.commit()).toBe(before);
    expect(await promoted(1, { approveAs: 'Edsger' })).toMatchObject({ number: 1, missingApprovals: 0 });
    expect(await story.reconciler.tools.branch.commit()).not.toBe(before);
  });

  it('merges nothing that was pushed after the approvals were counted', async () => {
    const session = await openSession(story.world.folder);
    const read = session.forge.getPullRequest.bind(session.forge);
    vi.spyOn(session.forge, 'getPullRequest').mockImplementationOnce(async (number) => {
      const request = await read(number);
      const parent = await session.forge.headOf(request.head);
      const pushed = await commitFiles(story.world.folder, {
        ...{ parent, message: 'Ask for another', author: { name: 'Mallory', email: 'mallory@example.com' } },
        files: new Map([['releases/prod/late.yaml', 'version: 3\nstrategy: direct\n']]),
      });
      await story.world.git.run(['push', '--quiet', story.world.forge, `${pushed}:refs/heads/${request.head}`]);
      return request;
    });
    const change = {
      ...{ branch: 'promote/prod/late-v1', title: 'Promote late', message: 'Promote late', approvals: 0 },
      ...{ mustBeValid: true, merge: true },
      files: new Map([['releases/prod/late.yaml', 'version: 1\nstrategy: direct\n']]),
    };
    await expect(proposeRelease(session, change)).rejects.toMatchObject({ code: 'store/conflict', retryable: true });
    expect(await session.forge.headOf('main')).toBe(session.main.commit);
  });

  it('starts from what it fetched where the main branch moves meanwhile', async () => {
    const { folder, forge } = story.world;
    const { commit } = (await openSession(folder)).main;
    const run = GitRepository.prototype.run;
    const spy = vi.spyOn(GitRepository.prototype, 'run').mockImplementation(async function (this: GitRepository, args) {
      const said = await run.call(this, args);
      if (this.folder !== folder || args[0] !== 'fetch') return said;
      spy.mockRestore();
      const change = { parent: commit, files: new Map([['notes.md', 'x']]), message: 'Note', author: GRACE };
      await runPlumbing(forge, ['update-ref', 'refs/heads/main', await commitFiles(forge, change)]);
      return said;
    });
    expect((await promoted(1)).merged).not.toBeNull();
    expect(await readFileAtCommit(forge, 'main', 'notes.md')).toBe('x');
  });

  it('takes no notice of what is edited here, and refuses to start without an identity', async () => {
    const { folder } = story.world;
    await writeFile(join(folder, 'draft.txt'), 'x');
    await writeFile(join(folder, 'releases', 'policies', 'default.yaml'), 'no policy');
    expect((await promoted(1)).merged).not.toBeNull();
    expect(await readFile(join(folder, 'draft.txt'), 'utf8')).toBe('x');
    await story.world.git.run(['config', 'user.email', '']);
    await expect(promoted(1)).rejects.toMatchObject({ code: 'git/no-identity' });
  });

  it('reconciles as a daemon that survives failures and stops when told', async () => {
    await promoted(1);
    const [said, failures]: [string[], unknown[]] = [[], []];
    const stop = new AbortController();
    const daemon = runDaemon({
      tools: story.reconciler.tools,
      signal: stop.signal,
      random: () => 0,
      onOutcome: ({ manifest: now }) => said.push(`serial ${now?.serial}`),
      onWithdrawal: () => undefined,
      onPromotion: () => undefined,
      onFailure: (error) => failures.push(error),
      onHeldUp: () => undefined,
      onRecovered: () => said.push('recovered'),
    });
    const until = async (done: () => boolean) => {
      while (!done()) await new Promise((resolve) => setTimeout(resolve, 10));
    };
    await until(() => said.includes('serial 1'));
    const main = await story.world.git.run(['ls-remote', 'origin', 'refs/heads/main']);
    await story.world.git.run(['push', '--quiet', 'origin', ':main']).catch(async () => {
      await rm(join(story.world.forge, 'refs', 'heads', 'main'), { force: true });
    });
    await until(() => failures.length === 1);
    await story.world.git.run(['fetch', '--quiet', 'origin']).catch(() => undefined);
    await writeFile(join(story.world.forge, 'refs', 'heads', 'main'), `${main.slice(0, 40)}\n`);
    await until(() => said.includes('recovered'));
    await asked(2);
    await until(() => said.includes('serial 2'));
    stop.abort();
    await daemon;
    expect(said).toEqual(['serial 1', 'recovered', 'serial 2']);
  });

  it('loses a race to another publisher without harm', async () => {
    await promoted(1);
    const other = await openReconciler(story.world.address);
    const settled = await Promise.allSettled([pass(), runPass(other.tools, null)]);
    await other.close();
    expect(settled.filter((one) => one.status === 'fulfilled').length).toBeGreaterThan(0);
    for (const one of settled)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'store/conflict' });
    expect(manifest(await runPass(story.reconciler.tools, null))).toMatchObject({ serial: 1, champion: 1 });
  });

  it('says what is desired, published and applied, and why they differ', async () => {
    await asked(1);
    await pass();
    await asked(2, 'canary');
    const gone = podAt('pod-2', null);
    const silent = { ...gone, status: { ...gone.status, writtenAtMs: 0 } };
    await story.world.report(podAt('pod-1', 1, { 1: [10, 0] }), silent);
    const due = (await readStatus(story.world.address)).models[0]!;
    expect(due).toMatchObject({ desired: { version: 2 }, published: { serial: 1 }, due: true });
    expect(due.pods.map((one) => one.difference)).toEqual([null, expect.stringContaining('silent')]);
    await pass();
    const behind = (await readStatus(story.world.address)).models[0]!;
    expect(behind).toMatchObject({ due: false, published: { serial: 2 } });
    expect(behind.pods[0]!.difference).toContain('behind serial 2');
    expect(behind.reasons[0]).toContain('waits for pods (no-data)');
  });
});
