import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../tests/support/git-repository.js';
import { readFileAtCommit } from './files-at-commit.js';
import { LocalForge } from './local-forge.js';

const ADA = { name: 'Ada Test', email: 'ada@example.com' };

describe('the local forge', () => {
  let template: TestRepository;
  let repository: TestRepository;
  let forge: LocalForge;

  beforeAll(async () => {
    template = await createTestRepository();
    await template.commit({ 'a.yaml': 'a: 1\n' });
  });
  afterAll(() => template.remove());
  beforeEach(async () => {
    repository = await template.copy();
    forge = await LocalForge.open(repository.forge, () => 0);
  });
  afterEach(() => repository.remove());

  async function pushBranch(name: string, files: Record<string, string>): Promise<string> {
    await repository.git.run(['switch', '--quiet', '-c', name, 'main']);
    return repository.commit(files, `Change on ${name}`);
  }

  it('merges a pull request with a real merge commit of both parents, made by the one who merges', async () => {
    const before = await forge.headOf('main');
    const head = await pushBranch('feature', { 'b.yaml': 'b: 2\n' });
    const opened = await forge.openPullRequest({
      head: 'feature',
      base: 'main',
      title: 'Add b',
      body: 'B.',
      author: ADA,
    });
    const { commit, pullRequest } = await forge.merge(opened.number, { name: 'Grace', email: 'grace@example.com' });
    expect(pullRequest).toMatchObject({ number: 1, state: 'merged', mergeCommit: commit });
    expect(await forge.headOf('main')).toBe(commit);
    await repository.git.run(['fetch', '--quiet']);
    expect(await repository.git.run(['log', '-1', '--format=%P|%an|%ce|%s|%b', commit])).toBe(
      `${before} ${head}|Grace|grace@example.com|Merge pull request #1 from feature|Add b\n\nPull-request: #1\n`,
    );
    expect(await readFileAtCommit(repository.forge, commit, 'b.yaml')).toBe('b: 2\n');
  });

  it('leaves one open pull request for a branch when many open it at the same moment', async () => {
    await pushBranch('feature', { 'b.yaml': 'b: 2\n' });
    const request = { head: 'feature', base: 'main', title: 'Add b', body: 'B.', author: ADA };
    const opened = await Promise.all([1, 2, 3, 4].map(() => forge.openPullRequest(request)));
    const open = await forge.listPullRequests({ state: 'open' });
    expect(open).toHaveLength(1);
    expect(opened.every(({ number }) => number >= open[0]!.number)).toBe(true);
  });

  it.each(['', '{"number": 1,', 'null', '{"number": 1}'])(
    'passes over a record of another pull request that was torn to %j, and says so to whoever asks for that one',
    async (torn) => {
      const folder = join(repository.forge, 'signalbox', 'pulls');
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, '1.json'), torn);
      await pushBranch('feature', { 'b.yaml': 'b: 2\n' });
      const request = { head: 'feature', base: 'main', title: 'Add b', body: 'B.', author: ADA };
      expect(await forge.openPullRequest(request)).toMatchObject({ number: 2 });
      expect((await forge.listPullRequests()).map(({ number }) => number)).toEqual([2]);
      await expect(forge.getPullRequest(1)).rejects.toMatchObject({ code: 'store/corrupt' });
    },
  );

  it('refuses a conflict, names the files, and leaves main and the pull request as they were', async () => {
    await pushBranch('left', { 'a.yaml': 'a: 2\n' });
    await pushBranch('right', { 'a.yaml': 'a: 3\n' });
    const left = await forge.openPullRequest({ head: 'left', base: 'main', title: 'L', body: '', author: ADA });
    const right = await forge.openPullRequest({ head: 'right', base: 'main', title: 'R', body: '', author: ADA });
    await forge.merge(left.number, ADA);
    const before = await forge.headOf('main');
    await expect(forge.merge(right.number, ADA)).rejects.toMatchObject({
      code: 'git/conflict',
      message: expect.stringContaining('a.yaml'),
    });
    expect(await forge.headOf('main')).toBe(before);
    expect((await forge.getPullRequest(right.number)).state).toBe('open');
  });

  it('tells all pull requests where the base of one is gone, which can only be closed', async () => {
    await pushBranch('feature', { 'b.yaml': 'b: 2\n' });
    await repository.git.run(['push', '--quiet', 'origin', 'main:gone']);
    for (const base of ['gone', 'main']) {
      await forge.openPullRequest({ head: 'feature', base, title: base, body: '', author: ADA });
    }
    await repository.git.run(['push', '--quiet', 'origin', ':gone']);
    expect((await forge.listPullRequests({ state: 'open' })).map(({ base }) => base)).toEqual(['gone', 'main']);
    await expect(forge.merge(1, ADA)).rejects.toMatchObject({ code: 'input/unknown-reference' });
    await forge.close(1, ADA, 'Its base is gone.');
    expect((await forge.getPullRequest(1)).state).toBe('closed');
  });

  it('is its own repository: there is nothing to fetch or to publish, but a branch must be there', async () => {
    await forge.sync();
    expect([forge.repository, await forge.publishBranch('main')]).toEqual([repository.forge, undefined]);
    await expect(forge.publishBranch('nowhere')).rejects.toMatchObject({ code: 'input/unknown-reference' });
  });

  it('gives every pull request its own number when many are opened at once', async () => {
    await pushBranch('one', { 'b.yaml': 'b: 1\n' });
    for (const name of ['two', 'three', 'four', 'five'])
      await repository.git.run(['push', '--quiet', 'origin', `one:${name}`]);
    const opened = await Promise.all(
      ['one', 'two', 'three', 'four', 'five'].map((head) =>
        forge.openPullRequest({ head, base: 'main', title: head, body: '', author: ADA }),
      ),
    );
    expect(opened.map((one) => one.number).sort()).toEqual([1, 2, 3, 4, 5]);
  });
});
