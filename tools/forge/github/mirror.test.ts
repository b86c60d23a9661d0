import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../../tests/support/git-repository.js';
import { BOT } from '../bot.js';
import { commitFiles } from '../commit-files.js';
import { branchTip, createBranch } from '../create-branch.js';
import { Mirror } from './mirror.js';

describe('a mirror', () => {
  let template: TestRepository;
  let repository: TestRepository;
  let folder: string;
  let main: string;
  beforeAll(async () => {
    template = await createTestRepository();
    main = await template.commit({ 'a.yaml': 'a: 1\n' });
  });
  afterAll(() => template.remove());
  beforeEach(async () => {
    repository = await template.copy();
    folder = join(repository.folder, '..', 'mirror.git');
  });
  afterEach(() => repository.remove());

  const open = () => Mirror.open({ folder, remote: repository.forge, settings: async () => ({}) });
  const commitOn = (branch: string, text: string) =>
    commitFiles(branch, { parent: main, files: new Map([['b.yaml', text]]), message: 'B', author: BOT });

  it('that several fetch into at once ends where the remote is', async () => {
    const mirrors = await Promise.all([1, 2, 3].map(open));
    await Promise.all(mirrors.map((mirror) => mirror.sync()));
    expect(await branchTip(folder, 'main')).toBe(main);
  });

  it('forgets a branch that was never published', async () => {
    const mirror = await open();
    await mirror.sync();
    await createBranch(folder, 'bot', await commitOn(folder, 'b: 1\n'));
    await mirror.sync();
    await expect(mirror.publish('bot')).rejects.toMatchObject({ code: 'input/unknown-reference' });
  });

  it('refuses to overwrite what somebody else published', async () => {
    const mirror = await open();
    await mirror.sync();
    await createBranch(folder, 'bot', await commitOn(folder, 'b: ours\n'));
    const theirs = await commitOn(repository.folder, 'b: theirs\n');
    await repository.git.run(['push', '--quiet', 'origin', `${theirs}:refs/heads/bot`]);
    await expect(mirror.publish('bot')).rejects.toMatchObject({ code: 'git/conflict' });
    expect(await branchTip(repository.forge, 'bot')).toBe(theirs);
  });

  it('gives up with a reason where there is no repository', async () => {
    const mirror = await Mirror.open({ folder, remote: `${repository.forge}-gone`, settings: async () => ({}) });
    await expect(mirror.sync()).rejects.toMatchObject({ code: 'input/not-a-repository' });
  });
});
