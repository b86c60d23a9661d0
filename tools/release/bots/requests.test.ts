import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { LocalForge } from '../../forge/index.js';
import { gitOf } from './git.js';
import { type BotForge, type BotRequest, BotRequests } from './requests.js';

const REQUEST = {
  branches: ['promote-auto/prod/late-v2', 'promote-auto/prod/late-v2-again'],
  title: 'Promote',
  message: 'Promote\n\nAuto-promotes: late\n',
  mark: 'Auto-promotes: late',
  body: 'Auto-promotes: late',
  files: new Map([['late.yaml', 'version: 2\n']]),
  about: ['hold.yaml'],
};

/** One story, told in order: each test goes on where the one before ended. */
describe('the request of a bot', () => {
  let repository: TestRepository;
  let forge: LocalForge;
  beforeAll(async () => {
    repository = await createTestRepository();
    await repository.commit({ 'late.yaml': 'version: 1\n' });
    forge = await LocalForge.open(repository.forge);
  });
  afterAll(() => repository.remove());

  /** By another account, or with drafts, which the local forge does not know. */
  const botOn = (changes: Partial<BotForge> = {}) =>
    new BotRequests({
      base: 'main',
      forge: {
        self: (by) => forge.self(by),
        listPullRequests: (filter) => forge.listPullRequests(filter),
        openPullRequest: (request) => forge.openPullRequest(request),
        getPullRequest: (number) => forge.getPullRequest(number),
        publishBranch: (branch) => forge.publishBranch(branch),
        merge: (...about) => forge.merge(...about),
        close: (...about) => forge.close(...about),
        ...changes,
      },
      git: gitOf(repository.forge),
    });

  /** As bots ask: what people have decided they leave at that. */
  async function asked(bot: BotRequests, request: BotRequest) {
    const found = await bot.find(request.mark);
    if (found.decided) throw new Error(`decided by #${found.decided.number}`);
    return bot.goOn(found, request, await forge.headOf('main'));
  }

  async function goneOn(number?: number) {
    const bot = botOn();
    const main = await forge.headOf('main');
    const found = await asked(bot, REQUEST);
    const terms = { request: REQUEST, main, approvals: 1, heedsObjections: true };
    const says = await bot.merge({ ...terms, number: number ?? found.number });
    return { number: found.number, says };
  }
  const approve = async (number: number) => {
    const { head } = await forge.getPullRequest(number);
    await forge.approve(number, 'Grace', await forge.headOf(head));
  };
  const missing = 'one person must still agree';

  it('is the same one while the main branch goes on with other things', async () => {
    expect(await goneOn()).toEqual({ number: 1, says: missing });
    await repository.commit({ 'notes.md': 'Meanwhile.\n' });
    expect(await goneOn()).toEqual({ number: 1, says: missing });
  });

  it('is another one after an incident, and merged once people agree anew', async () => {
    await approve(1);
    await repository.commit({ 'hold.yaml': 'reason: wrong\n' });
    await repository.commit({ 'hold.yaml': null });
    expect((await goneOn(1)).says).toContain('is not what the bot would propose now');
    expect(await goneOn()).toEqual({ number: 2, says: missing });
    expect(await forge.getPullRequest(1)).toMatchObject({
      state: 'closed',
      comments: [{ body: expect.stringContaining('Pull request #2 takes its place') }],
    });
  });

  it('is another one also where the incident touched its own file, as often as there is one', async () => {
    for (let number = 3; number <= 8; number += 1) {
      await repository.commit({ 'late.yaml': 'version: 0\n' });
      await repository.commit({ 'late.yaml': 'version: 1\n' });
      expect(await goneOn()).toEqual({ number, says: missing });
    }
    expect((await forge.listPullRequests({ state: 'open' })).map(({ number }) => number)).toEqual([8]);
  });

  it('is what the bot opened, and nothing that others write its mark on', async () => {
    const author = { name: 'Mallory', email: 'mallory@example.com' };
    await repository.git.run(['switch', '--quiet', '-c', 'promote-auto.prod.late-v2']);
    await repository.commit({ 'late.yaml': 'version: 3\n' }, REQUEST.message);
    const words = { base: 'main', title: REQUEST.title, body: REQUEST.body, author };
    const planted = await forge.openPullRequest({ ...words, head: 'promote-auto.prod.late-v2' });
    expect(await goneOn()).toEqual({ number: 8, says: missing });
    await forge.close(planted.number, author, 'no');
    // What was opened first, or comes from a fork, is not the bot's either.
    const planted2 = { ...planted, author: 'Mallory', number: 0 };
    const withPlanted: Partial<BotForge> = {
      listPullRequests: async (filter) => [
        planted2,
        ...(await forge.listPullRequests(filter)),
        { ...planted2, head: 'mallory:x' },
      ],
    };
    expect((await botOn(withPlanted).find(REQUEST.mark)).open.map(({ number }) => number)).toEqual([0, 8]);
    await approve(8);
    expect(await goneOn()).toEqual({ number: 8, says: null });
  });

  it('is the same by another account, and stays closed where people closed it', async () => {
    const request = {
      ...REQUEST,
      mark: 'Auto-promotes: v3',
      message: 'Promote\n\nAuto-promotes: v3\n',
      body: 'Auto-promotes: v3',
    };
    const v3 = { ...request, branches: ['promote-auto/prod/late-v3'], files: new Map([['late.yaml', 'version: 3\n']]) };
    await repository.git.run(['switch', '--quiet', '-c', 'promote-auto.prod.late-v3']);
    await repository.commit({ 'late.yaml': 'version: 9\n' });
    const author = { name: 'Mallory', email: 'mallory@example.com' };
    const planted = { base: 'main', title: v3.title, body: v3.body, author, head: 'promote-auto.prod.late-v3' };
    await forge.close((await forge.openPullRequest(planted)).number, author, 'mine');
    const opened = await asked(botOn(), v3);
    const other = botOn({ self: async () => 'flights-bot[bot]' });
    expect(await asked(other, v3)).toMatchObject({
      number: opened.number,
      state: 'open',
    });
    await forge.close(opened.number, { name: 'Grace', email: 'grace@example.com' }, 'no');
    for (const bot of [botOn(), other])
      expect(await bot.find(v3.mark)).toMatchObject({ open: [], decided: { number: opened.number } });
  });

  it('is another one where a draft took the place of what the bot closed', async () => {
    const asDraft = (draft: number) =>
      botOn({
        listPullRequests: async (filter) =>
          (await forge.listPullRequests(filter)).map((one) => ({ ...one, isDraft: one.number === draft })),
      });
    const v4 = { ...REQUEST, branches: ['promote-auto/prod/late-v4'], mark: 'v4', message: 'v4\n', body: 'v4' };
    const request = { ...v4, files: new Map([['late.yaml', 'version: 4\n']]) };
    const next = async (draft: number) => (await asked(asDraft(draft), request)).number;
    const first = await next(0);
    const second = await next(first);
    expect(second).toBe(first + 1);
    expect(await next(0)).toBe(second);
    const closed = await forge.getPullRequest(first);
    expect(closed).toMatchObject({
      state: 'closed',
      comments: [{ body: expect.stringContaining('it is about the same') }],
    });
    expect(await next(second)).toBe(second + 1);
  });
});
