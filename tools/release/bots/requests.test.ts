import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { LocalForge } from '../../forge/index.js';
import { gitOf } from './git.js';
import { BotRequests } from './requests.js';

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

  async function goneOn(number?: number) {
    const bot = new BotRequests({ base: 'main', forge, git: gitOf(repository.forge) });
    const main = await forge.headOf('main');
    const found = await bot.goOn(await bot.find(REQUEST.mark), REQUEST, main);
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
    await approve(8);
    expect(await goneOn()).toEqual({ number: 8, says: null });
  });
});
