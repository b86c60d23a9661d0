import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createBranch } from '../../tools/forge/create-branch.js';
import { BOT, commitFiles, type Forge, type PullRequestFilter, runPlumbingLine } from '../../tools/forge/index.js';
import type { TestRepository } from '../support/git-repository.js';
import { createTemplate, pushBranch } from './world.js';

const ADA = { name: 'Ada Test', email: 'ada@example.com' };

export interface ForgeUnderTest {
  readonly forge: Forge;
  /** The same forge as another person uses it, who may approve under the name. */
  readonly reviewer: { open(): Promise<Forge>; readonly name: string };
  end(): Promise<void>;
}

/** What every forge keeps to: the laws of the interface `Forge`, on a bare repository that `open` is given. */
export function testForge(kind: Forge['kind'], open: (repository: TestRepository) => Promise<ForgeUnderTest>): void {
  describe(`the forge "${kind}"`, () => {
    let template: TestRepository;
    let repository: TestRepository;
    let tested: ForgeUnderTest;
    let forge: Forge;

    beforeAll(async () => {
      template = await createTemplate();
      await pushBranch(template, 'feature');
    });
    afterAll(() => template.remove());
    beforeEach(async () => {
      repository = await template.copy();
      tested = await open(repository);
      forge = tested.forge;
    });
    afterEach(async () => {
      await tested.end();
      await repository.remove();
    });

    const request = { head: 'feature', base: 'main', title: 'Add b', body: 'B.', author: ADA };
    const tipOf = (branch: string) => runPlumbingLine(repository.forge, ['rev-parse', `refs/heads/${branch}`]);
    const numbers = async (filter?: PullRequestFilter) =>
      (await forge.listPullRequests(filter)).map(({ number }) => number);

    it('opens one pull request for a branch however often it is asked, with the last title and body', async () => {
      await forge.openPullRequest(request);
      const again = await forge.openPullRequest({ ...request, title: 'Add b, better', body: '' });
      const facts = { number: 1, title: 'Add b, better', body: '', head: 'feature', base: 'main', state: 'open' };
      expect(again).toMatchObject({ ...facts, mergeCommit: null, comments: [], checks: {}, approvals: [] });
      expect(await forge.listPullRequests()).toMatchObject([facts]);
    });

    it('merges with a commit of both parents, which a sync brings into its repository', async () => {
      const [base, head] = [await forge.headOf('main'), await forge.headOf('feature')];
      // A title is no trailer of the commit that its merge makes.
      const { number } = await forge.openPullRequest({ ...request, title: 'Re-promote: prod/late@1' });
      const { commit, pullRequest } = await forge.merge(number, ADA, head);
      expect(pullRequest).toMatchObject({ number, state: 'merged', mergeCommit: commit });
      expect(await forge.headOf('main')).toBe(commit);
      await forge.sync();
      expect(await runPlumbingLine(forge.repository, ['log', '-1', '--format=%H %P', 'refs/heads/main'])).toBe(
        `${commit} ${base} ${head}`,
      );
      const trailers = ['log', '-1', '--format=%b%n%(trailers:only)', 'refs/heads/main'];
      expect(await runPlumbingLine(forge.repository, trailers)).toMatch(
        new RegExp(`Re-promote: prod/late@1\\n\\nPull-request: #${number}\\s+Pull-request: #${number}$`),
      );
      expect(await forge.getPullRequest(number)).toMatchObject({ state: 'merged', mergeCommit: commit });
      await expect(forge.merge(number, ADA)).rejects.toMatchObject({ code: 'release/refused' });
      await expect(forge.close(number, ADA, 'Late.')).rejects.toMatchObject({ code: 'release/refused' });
    });

    it('merges nothing but what was looked at', async () => {
      const seen = await forge.headOf('feature');
      const { number } = await forge.openPullRequest(request);
      await repository.git.run(['switch', '--quiet', 'feature']);
      await repository.commit({ 'c.yaml': 'c: 1\n' });
      await expect(forge.merge(number, ADA, seen)).rejects.toMatchObject({ code: 'store/conflict', retryable: true });
      expect((await forge.getPullRequest(number)).state).toBe('open');
    });

    it('refuses a conflict and leaves main and the pull request as they were', async () => {
      await pushBranch(repository, 'other', { 'feature.yaml': 'b: other\n' });
      const [first, second] = [
        await forge.openPullRequest(request),
        await forge.openPullRequest({ ...request, head: 'other' }),
      ];
      await forge.merge(first.number, ADA);
      const before = await forge.headOf('main');
      await expect(forge.merge(second.number, ADA)).rejects.toMatchObject({ code: 'git/conflict' });
      expect([await forge.headOf('main'), (await forge.getPullRequest(second.number)).state]).toEqual([before, 'open']);
    });

    it('names what does not exist, and opens nothing for a branch without a commit of its own', async () => {
      const unknown = { code: 'input/unknown-reference' };
      await expect(forge.getPullRequest(9)).rejects.toMatchObject(unknown);
      await expect(forge.headOf('nowhere')).rejects.toMatchObject(unknown);
      await expect(forge.publishBranch('nowhere')).rejects.toMatchObject(unknown);
      await expect(forge.openPullRequest({ ...request, head: 'nowhere' })).rejects.toMatchObject(unknown);
      await repository.git.run(['push', '--quiet', 'origin', 'main:empty']);
      await expect(forge.openPullRequest({ ...request, head: 'empty' })).rejects.toMatchObject({
        code: 'release/refused',
      });
    });

    it('knows what was merged by hand with plain Git', async () => {
      const { number } = await forge.openPullRequest(request);
      await repository.git.run(['switch', '--quiet', 'main']);
      await repository.git.run(['merge', '--quiet', '--no-ff', '--no-edit', 'feature']);
      await repository.git.run(['push', '--quiet', 'origin', 'main']);
      const mergeCommit = await repository.git.requireCommit('HEAD');
      expect(await forge.getPullRequest(number)).toMatchObject({ state: 'merged', mergeCommit });
      expect(await forge.listPullRequests({ state: 'merged' })).toMatchObject([{ number, mergeCommit }]);
    });

    it('lists by state and by branch, newest last', async () => {
      await pushBranch(repository, 'other');
      await forge.openPullRequest(request);
      await forge.openPullRequest({ ...request, head: 'other' });
      await forge.close(1, ADA, 'No longer wanted.');
      expect(await numbers()).toEqual([1, 2]);
      expect(await numbers({ state: 'open' })).toEqual([2]);
      expect(await numbers({ state: 'closed' })).toEqual([1]);
      expect(await numbers({ head: 'feature' })).toEqual([1]);
      expect(await numbers({ head: 'feature', state: 'open' })).toEqual([]);
      expect((await forge.getPullRequest(1)).comments).toMatchObject([{ body: 'No longer wanted.' }]);
    });

    it('keeps one comment for a marker, and every one without', async () => {
      const { number } = await forge.openPullRequest(request);
      for (const body of ['first', 'second']) await forge.comment(number, { author: BOT, body, marker: 'report' });
      for (const body of ['hello', 'hello']) await forge.comment(number, { author: BOT, body });
      await forge.comment(number, { author: BOT, body: 'third', marker: 'report' });
      const { comments } = await forge.getPullRequest(number);
      const found = comments.map(({ body, marker }) => `${marker} ${body}`).sort();
      expect(found).toEqual(['null hello', 'null hello', 'report third']);
    });

    it('keeps the last check of a name, with who made it and what of', async () => {
      const commit = await forge.headOf('feature');
      const { number } = await forge.openPullRequest(request);
      const check = { commit, title: 'Gates', summary: 'One failed.' };
      await forge.setCheck(number, 'signalbox/gates', { ...check, verdict: 'fail' });
      await forge.setCheck(number, 'signalbox/gates', { ...check, verdict: 'warn', summary: 'All pass.' });
      await forge.setCheck(number, 'signalbox/plan', { ...check, verdict: 'inconclusive' });
      expect((await forge.getPullRequest(number)).checks).toEqual({
        'signalbox/gates': { ...check, verdict: 'warn', summary: 'All pass.', by: expect.any(String) },
        'signalbox/plan': { ...check, verdict: 'inconclusive', by: expect.any(String) },
      });
    });

    it('takes an approval of the commit that was looked at, while it is the head', async () => {
      const commit = await forge.headOf('feature');
      const { number } = await forge.openPullRequest(request);
      const { name, open: openTheirs } = tested.reviewer;
      const theirs = await openTheirs();
      for (let times = 0; times < 2; times += 1) await theirs.approve(number, name, commit);
      expect((await forge.getPullRequest(number)).approvals).toMatchObject([{ by: name, commit }]);
      await repository.git.run(['switch', '--quiet', 'feature']);
      const later = await repository.commit({ 'c.yaml': 'c: 1\n' });
      // Nobody has looked at what was pushed meanwhile.
      await expect(theirs.approve(number, name, commit)).rejects.toMatchObject({ code: 'store/conflict' });
      expect((await forge.getPullRequest(number)).approvals).toMatchObject([{ by: name, commit }]);
      await theirs.approve(number, name, later);
      expect((await forge.getPullRequest(number)).approvals).toMatchObject([{ by: name, commit: later }]);
    });

    it('publishes a branch that was made in its repository, and publishes it again', async () => {
      await forge.sync();
      const main = await forge.headOf('main');
      const files = new Map([['d.yaml', 'd: 1\n']]);
      const made = await commitFiles(forge.repository, { parent: main, files, message: 'D', author: BOT });
      await createBranch(forge.repository, 'bot', made);
      for (let times = 0; times < 2; times += 1) await forge.publishBranch('bot');
      expect([await tipOf('bot'), await forge.headOf('bot')]).toEqual([made, made]);
      expect((await forge.openPullRequest({ ...request, head: 'bot' })).head).toBe('bot');
    });

    it('publishes a commit of another folder as a branch, and never over what is there', async () => {
      const { folder, git } = repository;
      const [main, feature] = [await git.requireCommit('main'), await git.requireCommit('feature')];
      for (let times = 0; times < 2; times += 1) await forge.publishBranch('bot', { folder, commit: feature });
      expect(await forge.headOf('bot')).toBe(feature);
      await expect(forge.publishBranch('bot', { folder, commit: main })).rejects.toMatchObject({
        code: 'git/conflict',
      });
      expect(await tipOf('bot')).toBe(feature);
    });

    it('shows in its repository what others push and force, after a sync', async () => {
      const read = () => runPlumbingLine(forge.repository, ['for-each-ref', '--format=%(refname:short) %(objectname)']);
      await repository.git.run(['switch', '--quiet', 'feature']);
      await repository.git.run(['commit', '--quiet', '--amend', '-m', 'Other words']);
      await repository.git.run(['push', '--quiet', '--force', 'origin', 'feature', 'main:another']);
      await forge.sync();
      const main = await tipOf('main');
      expect((await read()).split('\n')).toEqual([
        `another ${main}`,
        `feature ${await tipOf('feature')}`,
        `main ${main}`,
      ]);
      await repository.git.run(['push', '--quiet', 'origin', ':another']);
      await Promise.all([forge.sync(), forge.sync()]);
      expect(await read()).not.toContain('another');
    });
  });
}
