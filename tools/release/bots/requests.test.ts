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
    const found = await bot.goOn(await bot.find(REQUEST), REQUEST, main);
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
    await approve(2);
    expect(await goneOn()).toEqual({ number: 2, says: null });
  });
});
