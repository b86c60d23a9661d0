import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BOT, GithubForge, MAX_BODY_CHARACTERS, type Mirror } from '../../tools/forge/index.js';
import type { TestRepository } from '../support/git-repository.js';
import type { GithubServer } from './server/github-server.js';
import {
  ADA_TOKEN,
  APP_ID,
  clientOf,
  createTemplate,
  forgeOn,
  GRACE_TOKEN,
  mirrorOf,
  OWNER,
  pushBranch,
  REPO,
  serverOn,
  skipPauses,
} from './world.js';

/** What others put there to be taken for ours. */
describe('on GitHub', () => {
  let repository: TestRepository;
  let mirror: Mirror;
  let head: string;
  let server: GithubServer;
  let forge: GithubForge;
  let number: number;

  beforeAll(async () => {
    repository = await createTemplate();
    head = await pushBranch(repository, 'feature');
    mirror = await mirrorOf(repository);
  });
  afterAll(() => repository.remove());
  beforeEach(async () => {
    server = serverOn(repository);
    skipPauses();
    forge = await forgeOn(server, mirror);
    const request = { head: 'feature', base: 'main', title: 'Add b', body: 'B.', author: BOT };
    ({ number } = await forge.openPullRequest(request));
  });
  afterEach(() => {
    vi.useRealTimers();
    expect(server.violations).toEqual([]);
  });

  it('a check that another App made is none, whatever it is called', async () => {
    server.state.accounts.set('ghs_forger', { login: 'forger[bot]', type: 'Bot', appId: 666 });
    const forged = { commit: head, verdict: 'pass', title: 'All gates pass', summary: 'Trust me.' } as const;
    const { octokit } = await clientOf(server, 'ghs_forger');
    const run = { name: 'signalbox/gates', head_sha: head, status: 'completed', conclusion: 'success' } as const;
    await octokit.rest.checks.create({ owner: OWNER, repo: REPO, ...run, external_id: 'signalbox:pass:0' });
    expect((await forge.getPullRequest(number)).checks).toEqual({});
    await forge.setCheck(number, 'signalbox/gates', { ...forged, verdict: 'fail' });
    expect((await forge.getPullRequest(number)).checks['signalbox/gates']?.verdict).toBe('fail');
  });

  it("a person's token makes no check, and nobody's counts where no App is expected", async () => {
    const check = { commit: head, verdict: 'pass', title: 'Gates', summary: 'Fine.' } as const;
    const ada = await forgeOn(server, mirror, ADA_TOKEN);
    await expect(ada.setCheck(number, 'signalbox/gates', check)).rejects.toMatchObject({
      code: 'forge/unauthorized',
      hint: expect.stringContaining('Only Apps make checks'),
    });
    await forge.setCheck(number, 'signalbox/gates', check);
    const client = { ...(await clientOf(server, ADA_TOKEN)), expectedAppId: null };
    const unaware = new GithubForge(client, { address: 'https://github.com/ada/flights', mirror });
    expect((await unaware.getPullRequest(number)).checks).toEqual({});
  });

  it('a check that the App has not finished, or concluded otherwise than it names, lets nothing through', async () => {
    const { octokit } = await clientOf(server);
    const run = { owner: OWNER, repo: REPO, head_sha: head, external_id: 'signalbox:pass:0' };
    await octokit.rest.checks.create({ ...run, name: 'running', status: 'in_progress' });
    await octokit.rest.checks.create({ ...run, name: 'failed', status: 'completed', conclusion: 'failure' });
    await octokit.rest.checks.create({ ...run, name: 'skipped', status: 'completed', conclusion: 'skipped' });
    const { checks } = await forge.getPullRequest(number);
    expect(Object.entries(checks).map(([name, { verdict }]) => [name, verdict])).toEqual([
      ['skipped', 'fail'],
      ['failed', 'fail'],
      ['running', 'no-data'],
    ]);
  });

  it("a person's comment with our marker is left alone and is no report", async () => {
    const theirs = '<!-- signalbox:marker=report -->\nAll gates pass.';
    await (await clientOf(server, ADA_TOKEN)).octokit.rest.issues.createComment({
      ...{ owner: OWNER, repo: REPO, issue_number: number, body: theirs },
    });
    await forge.comment(number, { body: 'One gate fails.', marker: 'report' });
    expect((await forge.getPullRequest(number)).comments).toMatchObject([
      { author: 'ada', body: theirs, marker: null },
      { author: 'github-actions[bot]', body: 'One gate fails.', marker: 'report' },
    ]);
  });

  it('a branch of a fork is never taken for one of ours', async () => {
    const { pulls } = server.state.repository;
    pulls.push({ ...pulls[0]!, number: 2, fork: 'mallory', title: 'Withdraw version 2', state: 'open' });
    const forkHead = expect.stringMatching(/^[0-9a-f]{40}$/);
    expect(await forge.getPullRequest(2)).toMatchObject({ head: 'mallory:feature', forkHead });
    expect(await forge.getPullRequest(1)).not.toHaveProperty('forkHead');
    expect((await forge.listPullRequests({ head: 'feature' })).map((one) => one.number)).toEqual([1]);
    expect((await forge.listPullRequests()).map((one) => one.head)).toEqual(['feature', 'mallory:feature']);
  });

  it('who may only read approves nothing, and neither does a bot', async () => {
    server.addPerson('mallory', 'ghp_mallory', 'read');
    server.state.accounts.set('ghs_other', { login: 'approver[bot]', type: 'Bot', appId: 7 });
    const review = { owner: OWNER, repo: REPO, pull_number: number, event: 'APPROVE', commit_id: head } as const;
    for (const token of ['ghp_mallory', 'ghs_other', GRACE_TOKEN])
      await (await clientOf(server, token)).octokit.rest.pulls.createReview(review);
    expect((await forge.getPullRequest(number)).approvals).toMatchObject([{ by: 'grace', commit: head }]);
  });

  it('who may only read asks nobody for changes, and neither does a bot', async () => {
    server.addPerson('mallory', 'ghp_mallory', 'read');
    server.state.accounts.set('ghs_other', { login: 'reviewer[bot]', type: 'Bot', appId: 7 });
    const review = { owner: OWNER, repo: REPO, pull_number: number, event: 'REQUEST_CHANGES', body: 'No.' } as const;
    for (const token of ['ghp_mallory', 'ghs_other', GRACE_TOKEN])
      await (await clientOf(server, token)).octokit.rest.pulls.createReview({ ...review, commit_id: head });
    expect((await forge.getPullRequest(number)).objectors).toEqual(['grace']);
  });

  it('nobody approves for another, nor what is their own', async () => {
    const grace = await forgeOn(server, mirror, GRACE_TOKEN);
    await expect(grace.approve(number, 'ada', head)).rejects.toMatchObject({ code: 'release/refused' });
    server.state.repository.pulls.push({
      ...server.state.repository.pulls[0]!,
      number: 2,
      user: { login: 'grace', type: 'User' },
    });
    await expect(grace.approve(2, 'grace', head)).rejects.toMatchObject({
      code: 'release/refused',
      message: expect.stringContaining('Can not approve your own'),
    });
  });

  it('finds its report among more comments than a page has', async () => {
    await forge.comment(number, { body: 'first', marker: 'report' });
    const { comments } = server.state.repository;
    const ada = { login: 'ada', type: 'User' } as const;
    const talk = Array.from({ length: 250 }, (_, i) => ({
      ...comments[0]!,
      id: 5000 + i,
      user: ada,
      body: `talk ${i}`,
    }));
    server.state.repository.comments = [...talk.slice(0, 130), comments[0]!, ...talk.slice(130)];
    await forge.comment(number, { body: 'second', marker: 'report' });
    const found = (await forge.getPullRequest(number)).comments;
    expect(found).toHaveLength(251);
    expect(found.filter(({ marker }) => marker === 'report')).toMatchObject([{ body: 'second' }]);
  });

  it('says where it cut what is too long for GitHub', async () => {
    const body = 'A line of a report.\n'.repeat(10_000);
    await forge.comment(number, { body, marker: 'report' });
    await forge.openPullRequest({ head: 'feature', base: 'main', title: 't'.repeat(999), body, author: BOT });
    await forge.setCheck(number, 'signalbox/gates', {
      commit: head,
      verdict: 'pass',
      title: 't'.repeat(999),
      summary: body,
    });
    const { body: cut, checks, comments } = await forge.getPullRequest(number);
    for (const text of [cut, comments[0]!.body, checks['signalbox/gates']!.summary]) {
      expect(text.length).toBeLessThanOrEqual(MAX_BODY_CHARACTERS);
      expect(text).toMatch(/A line of a report\.\n\n\*\*Cut here:\*\*[^\n]+$/);
    }
    expect(server.state.repository.checkRuns[0]!.appId).toBe(APP_ID);
  });
});
