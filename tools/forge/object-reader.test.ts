import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createTestRepository, type TestRepository } from '../../tests/support/git-repository.js';
import { GitRepository } from './git.js';
import { readObjects } from './object-reader.js';

const textsOf = async (repository: string, names: readonly string[]) =>
  (await readObjects(repository, names)).map((object) => object?.text);

describe('reading objects of a repository', () => {
  let repository: TestRepository;
  beforeAll(async () => {
    repository = await createTestRepository();
    await repository.commit({ 'a.txt': 'one' });
  });
  afterAll(() => repository.remove());

  it('gives everyone who asks at once their own answers, in their order', async () => {
    const names = ['HEAD:a.txt', 'absent', '', 'HEAD:', 'HEAD:a.txt\nHEAD:a.txt'];
    const expected = ['one', undefined, undefined, null, undefined];
    const turns = names.map((_, by) => [...names.slice(by), ...names.slice(0, by)]);
    const answers = await Promise.all(turns.map((asked) => textsOf(repository.folder, asked)));
    expect(answers).toEqual(turns.map((asked) => asked.map((name) => expected[names.indexOf(name)])));
  });

  it('tells the repository as it is when asked, whatever was asked before', async () => {
    expect(await textsOf(repository.folder, ['main:a.txt', 'main:b.txt'])).toEqual(['one', undefined]);
    const commit = await repository.commit({ 'a.txt': 'two', 'b.txt': 'new' });
    expect(await textsOf(repository.folder, ['main:a.txt', 'main:b.txt'])).toEqual(['two', 'new']);
    await repository.git.run(['gc', '--quiet', '--prune=now']);
    const [tip] = await readObjects(repository.folder, ['main', 'main:a.txt']);
    expect(tip).toMatchObject({ id: commit, type: 'commit' });
    expect(await textsOf(repository.folder, ['main:a.txt', 'HEAD~1:a.txt'])).toEqual(['two', 'one']);
  });

  it('fails for all who wait where there is no repository, and answers once there is one', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-later-'));
    const asked = ['HEAD', 'main'].map((name) => readObjects(folder, [name]));
    for (const result of await Promise.allSettled(asked)) {
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'input/not-a-repository' } });
    }
    await GitRepository.initialise(folder);
    expect(await readObjects(folder, ['HEAD'])).toEqual([null]);
    await rm(folder, { recursive: true });
    await expect(readObjects(join(folder, 'gone'), ['HEAD'])).rejects.toMatchObject({ code: 'git/failed' });
  });

  it('reads nothing of a repository that was moved away, and what stands in its place', async () => {
    const other = await repository.copy();
    const [old, moved] = [other.forge, `${other.forge}.away`];
    expect(await textsOf(old, ['main:a.txt'])).not.toEqual([undefined]);
    await rename(old, moved);
    await expect(readObjects(old, ['main'])).rejects.toMatchObject({ code: 'git/failed' });
    await mkdir(old);
    await GitRepository.initialise(old, { bare: true });
    expect(await readObjects(old, ['main'])).toEqual([null]);
    await other.remove();
  });

  it('asks once more where the process that waited for the next question has ended', async () => {
    const other = await repository.copy();
    const programs = join(other.folder, '..', 'bin');
    await mkdir(programs);
    const real = `PATH='${process.env.PATH}' git "$@"`;
    // The first one answers a question, takes another and dies.
    const dies = `read -r one; echo "$one" | ${real}; read -r one; exit 1`;
    const text = `#!/bin/sh\nif mkdir "$0.first" 2>/dev/null; then ${dies}; fi\nexec env ${real}\n`;
    await writeFile(join(programs, 'git'), text, { mode: 0o755 });
    vi.stubEnv('PATH', `${programs}:${process.env.PATH}`);
    expect(await textsOf(other.folder, ['HEAD:a.txt'])).toEqual(['two']);
    expect(await textsOf(other.folder, ['HEAD~1:a.txt'])).toEqual(['one']);
    vi.unstubAllEnvs();
    await other.remove();
  });

  it('keeps no program running once it has answered', async () => {
    const pipes = () => process.getActiveResourcesInfo().filter((one) => one === 'PipeWrap' || one === 'ProcessWrap');
    const other = await repository.copy();
    const before = pipes();
    await readObjects(other.folder, ['HEAD']);
    expect(pipes().length).toBeLessThanOrEqual(before.length);
    await other.remove();
  });
});
