import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { BOT, type GithubForge, type Mirror } from '../../tools/forge/index.js';
import type { TestRepository } from '../support/git-repository.js';
import type { Fault, GithubServer } from './server/github-server.js';
import { createTemplate, forgeOn, mirrorOf, pushBranch, serverOn, skipPauses } from './world.js';

/** What goes wrong between us and GitHub, and what becomes of it. */
describe('a failure of GitHub', () => {
  let repository: TestRepository;
  let mirror: Mirror;
  let head: string;
  let server: GithubServer;
  let forge: GithubForge;

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
  });
  afterEach(() => {
    vi.useRealTimers();
    expect(server.violations).toEqual([]);
  });

  const request = { head: 'feature', base: 'main', title: 'Add b', body: 'B.', author: BOT };
  const secondary = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.';
  const primary = 'API rate limit exceeded for installation ID 1.';
  const untilLate = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4102444800' };
  const fail = (status: number, message: string, headers: Record<string, string> = {}) => ({
    status,
    message,
    headers,
  });

  const lasting: readonly [name: string, does: Fault['does'], code: string, hint: RegExp][] = [
    ['401', fail(401, 'Bad credentials'), 'forge/unauthorized', /make a new one/],
    [
      '403 for want of a right',
      fail(403, 'Resource not accessible by integration', { 'x-accepted-github-permissions': 'contents=read' }),
      'forge/unauthorized',
      /needs the right contents=read/,
    ],
    [
      '403 for want of a sign-on',
      fail(403, 'Resource protected by organization SAML enforcement.', { 'x-github-sso': 'required; url=x' }),
      'forge/unauthorized',
      /single sign-on/,
    ],
    [
      '403 secondary limit',
      fail(403, secondary, { 'retry-after': '3600' }),
      'forge/rate-limited',
      /after 3600 seconds/,
    ],
    ['403 primary limit', fail(403, primary, untilLate), 'forge/rate-limited', /after 2100-01-01T00:00:00.000Z/],
    ['404', fail(404, 'Not Found'), 'input/unknown-reference', /git push origin feature/],
    ['409', fail(409, 'Git Repository is empty.'), 'store/conflict', /run the command again/],
    ['410', fail(410, 'Gone'), 'input/unknown-reference', /may not see it/],
    ['422', fail(422, 'Validation Failed'), 'forge/rejected', /takes the request for wrong/],
    ['429', fail(429, 'Too Many Requests', { 'retry-after': '7' }), 'forge/rate-limited', /after 7 seconds/],
    ['500', fail(500, 'Server Error'), 'forge/unavailable', /githubstatus/],
    ['503', fail(503, 'Unavailable'), 'forge/unavailable', /githubstatus/],
    ['a cut connection', 'cut', 'forge/unavailable', /githubstatus/],
    ['half an answer', 'cut-body', 'forge/unavailable', /githubstatus/],
  ];

  it.each(lasting)('that lasts, %s, is an error of ours that says what to do', async (...[, does, code, hint]) => {
    server.faults.push({ does, times: Number.POSITIVE_INFINITY });
    const retryable = ['forge/unavailable', 'forge/rate-limited', 'store/conflict'].includes(code);
    await expect(forge.headOf('feature')).rejects.toMatchObject({ code, retryable, hint: expect.stringMatching(hint) });
  });

  it('that lasts, no answer at all, is an error too', async () => {
    server.faults.push({ does: 'silent', times: Number.POSITIVE_INFINITY });
    await expect(forge.headOf('feature')).rejects.toMatchObject({
      code: 'forge/unavailable',
      message: expect.stringContaining('no answer within 0.15 s'),
    });
    expect(server.answered).toHaveLength(4);
  });

  it.each<[string, Fault['does']]>([
    ['500', fail(500, 'Server Error')],
    ['502', fail(502, 'Bad Gateway')],
    ['403 secondary limit', fail(403, secondary, { 'retry-after': '60' })],
    ['429 secondary limit', fail(429, secondary, { 'retry-after': '60' })],
    ['403 primary limit that ends soon', fail(403, primary, { ...untilLate, 'x-ratelimit-reset': '1' })],
    ['a cut connection', 'cut'],
    ['half an answer', 'cut-body'],
    ['no answer', 'silent'],
  ])('that passes, %s, is waited for', async (_name, does) => {
    server.faults.push({ does, times: 2 });
    expect(await forge.headOf('feature')).toBe(head);
    expect(server.answered.filter((one) => one === 'git/get-ref 200').length).toBeGreaterThan(0);
  });

  it('names no token in its error, whatever GitHub says', async () => {
    server.faults.push({ does: fail(403, 'No.') });
    const error = (await forge.headOf('feature').catch((thrown: unknown) => thrown)) as Error;
    const { request: sent } = error.cause as { request: { headers: Record<string, string> } };
    expect([error.message, sent.headers.authorization]).toEqual([
      'cannot read the branch feature: GitHub says "No." (403)',
      'token [REDACTED]',
    ]);
  });

  describe.each<Fault['does']>(['lost', 'twice', 'cut', { status: 502, message: 'Bad Gateway' }])(
    'of a change (%j)',
    (does) => {
      it('opens one pull request', async () => {
        server.faults.push({ operation: 'pulls/create', does });
        expect(await forge.openPullRequest(request)).toMatchObject({ number: 1, state: 'open' });
        expect(server.state.repository.pulls).toHaveLength(1);
      });

      it('leaves one comment of a marker, by the next report at the latest', async () => {
        const { number } = await forge.openPullRequest(request);
        server.faults.push({ operation: 'issues/create-comment', does });
        for (const body of ['one', 'two']) await forge.comment(number, { body, marker: 'report' });
        expect((await forge.getPullRequest(number)).comments).toMatchObject([{ body: 'two', marker: 'report' }]);
      });

      it('makes one check, with each annotation once', async () => {
        const { number } = await forge.openPullRequest(request);
        server.faults.push({ operation: 'checks/create', does });
        if (does !== 'twice') server.faults.push({ operation: 'checks/update', does });
        const annotations = Array.from({ length: 120 }, (_, i) => {
          const text = `finding ${i}`;
          return { path: 'model.yaml', line: i + 1, level: 'failure', title: text, message: text } as const;
        });
        const check = { commit: head, verdict: 'fail', title: 'Gates', summary: 'No.', annotations } as const;
        await forge.setCheck(number, 'signalbox/gates', check);
        await forge.setCheck(number, 'signalbox/gates', check);
        const [run] = server.state.repository.checkRuns.slice(-1);
        expect(run!.annotations.map((one) => (one as { title: string }).title)).toEqual(
          annotations.map(({ title }) => title),
        );
        expect(server.state.repository.checkRuns).toHaveLength(does === 'twice' ? 2 : 1);
        expect((await forge.getPullRequest(number)).checks['signalbox/gates']).toMatchObject({ verdict: 'fail' });
      });

      it('closes once, and says why once', async () => {
        const { number } = await forge.openPullRequest(request);
        if (does !== 'twice') server.faults.push({ operation: 'issues/create-comment', does });
        server.faults.push({ operation: 'pulls/update', does });
        await forge.close(number, BOT, 'No longer wanted.');
        const { comments, state } = await forge.getPullRequest(number);
        expect([state, comments.map(({ body }) => body)]).toEqual(['closed', ['No longer wanted.']]);
      });
    },
  );
});

describe('a merge whose answer is lost', () => {
  let template: TestRepository;
  let repository: TestRepository;
  beforeAll(async () => {
    template = await createTemplate();
    await pushBranch(template, 'feature');
  });
  afterAll(() => template.remove());
  beforeEach(async () => {
    repository = await template.copy();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await repository.remove();
  });

  it.each<Fault['does']>(['lost', 'twice', 'cut'])('is made once and found again (%s)', async (does) => {
    const [server, mirror] = [serverOn(repository), await mirrorOf(repository)];
    skipPauses();
    const forge = await forgeOn(server, mirror);
    const request = { head: 'feature', base: 'main', title: 'Add b', body: 'B.', author: BOT };
    const { number } = await forge.openPullRequest(request);
    server.faults.push({ operation: 'pulls/merge', does });
    const { commit } = await forge.merge(number, BOT);
    expect([commit, server.violations]).toEqual([await forge.headOf('main'), []]);
    expect(await forge.getPullRequest(number)).toMatchObject({ state: 'merged', mergeCommit: commit });
  });
});

describe('a merge that GitHub refuses', () => {
  let template: TestRepository;
  let repository: TestRepository;
  let server: GithubServer;
  let forge: GithubForge;
  let number: number;
  beforeAll(async () => {
    template = await createTemplate();
    await pushBranch(template, 'feature');
  });
  afterAll(() => template.remove());
  beforeEach(async () => {
    repository = await template.copy();
    server = serverOn(repository);
    skipPauses();
    forge = await forgeOn(server, await mirrorOf(repository));
    ({ number } = await forge.openPullRequest({ head: 'feature', base: 'main', title: 't', body: '', author: BOT }));
  });
  afterEach(async () => {
    vi.useRealTimers();
    await repository.remove();
    expect(server.violations).toEqual([]);
  });

  const merges = () => server.answered.filter((one) => one.startsWith('pulls/merge'));
  const says = (message: string) => server.faults.push({ operation: 'pulls/merge', does: { status: 405, message } });

  it('while it computes whether it can be merged is waited for, without another attempt before', async () => {
    server.state.repository.pulls[0]!.computing = 3;
    expect((await forge.merge(number, BOT)).pullRequest.state).toBe('merged');
    expect(merges()).toEqual(['pulls/merge 405', 'pulls/merge 200']);
  });

  it('because its base has just moved is tried again', async () => {
    says('Base branch was modified. Review and try the merge again.');
    expect((await forge.merge(number, BOT)).pullRequest.state).toBe('merged');
    expect(merges()).toEqual(['pulls/merge 405', 'pulls/merge 200']);
  });

  it('for longer than anybody waits can be tried again by the next command', async () => {
    server.state.repository.pulls[0]!.computing = 99;
    const failure = { code: 'store/conflict', retryable: true, hint: expect.stringContaining('still computing') };
    await expect(forge.merge(number, BOT)).rejects.toMatchObject(failure);
    expect(merges()).toEqual(['pulls/merge 405']);
  });

  it('is a conflict once GitHub has found one, and not before', async () => {
    await repository.git.run(['switch', '--quiet', 'main']);
    await repository.commit({ 'feature.yaml': 'b: 2\n' });
    server.state.repository.pulls[0]!.computing = 4;
    await expect(forge.merge(number, BOT)).rejects.toMatchObject({ code: 'git/conflict', retryable: false });
    expect(merges()).toEqual(['pulls/merge 405']);
  });

  it('for a ruleset is refused for good, with its reason', async () => {
    says('At least 1 approving review is required by reviewers with write access.');
    await expect(forge.merge(number, BOT)).rejects.toMatchObject({
      code: 'release/refused',
      message: expect.stringContaining('At least 1 approving review'),
    });
    expect(merges()).toEqual(['pulls/merge 405']);
  });
});
