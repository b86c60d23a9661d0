import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseWorkspace } from '@signalbox/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestRepository, type TestRepository } from '../../tests/support/git-repository.js';
import { commitFiles } from './commit-files.js';
import { NOT_READ, readBlobs, readFilesAtCommit, thatFit } from './files-at-commit.js';
import { GitRepository } from './git.js';
import { readIdentity } from './identity.js';
import { openForge } from './open-forge.js';
import { readDocumentsAtCommit } from './workspace-at-commit.js';

describe('a Git repository', () => {
  let template: TestRepository;
  let repository: TestRepository;

  beforeAll(async () => {
    template = await createTestRepository();
    await template.commit({ 'models/m/model.yaml': 'a: 1\n', 'models/m/train.py': 'print()\n', 'notes.txt': 'x' });
  });
  afterAll(() => template.remove());
  beforeEach(async () => {
    repository = await template.copy();
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await repository.remove();
  });

  it('says that a folder is not a repository, and what to do', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signalbox-plain-'));
    await expect(GitRepository.open(folder)).rejects.toMatchObject({
      code: 'input/not-a-repository',
      hint: expect.stringContaining('signalbox init'),
    });
    await expect(GitRepository.open(join(folder, 'absent'))).rejects.toMatchObject({ code: 'input/not-a-repository' });
    await rm(folder, { recursive: true });
  });

  it('takes no folder within a repository for one: its paths would mean others', async () => {
    const within = join(repository.folder, 'models', 'm');
    await expect(GitRepository.open(within)).rejects.toMatchObject({
      code: 'input/not-a-repository',
      message: expect.stringContaining('is the folder models/m/ of the repository'),
      hint: `Run the command there, or name it: --repo ${await realpath(repository.folder)}`,
    });
  });

  it('says that Git is not installed', async () => {
    vi.stubEnv('PATH', '/nonexistent');
    await expect(GitRepository.open(tmpdir())).rejects.toMatchObject({ code: 'environment/missing-tool' });
    await expect(readIdentity(repository.folder)).rejects.toMatchObject({ code: 'environment/missing-tool' });
  });

  it('refuses to invent an identity', async () => {
    expect(await readIdentity(repository.folder)).toEqual({ name: 'Ada Test', email: 'ada@example.com' });
    await repository.git.run(['config', '--unset', 'user.email']);
    vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null');
    vi.stubEnv('GIT_CONFIG_NOSYSTEM', '1');
    await expect(readIdentity(repository.folder)).rejects.toMatchObject({
      code: 'git/no-identity',
      message: 'Git does not know who commits: it has no user.name or no user.email',
      hint: expect.stringContaining('git config --global user.name'),
    });
  });

  it('names the files that make a work tree dirty', async () => {
    await repository.git.assertCleanWorkTree();
    await writeFile(join(repository.folder, 'notes.txt'), 'y');
    await writeFile(join(repository.folder, 'new file.txt'), 'z');
    await expect(repository.git.assertCleanWorkTree()).rejects.toMatchObject({
      code: 'git/dirty-work-tree',
      message: expect.stringMatching(/notes\.txt.*new file\.txt/),
    });
  });

  it('reads the wanted files of a commit, and nothing else', async () => {
    const commit = await repository.commit({ 'models/m/ünï.yaml': 'naïve: ✓\n', 'models/m/empty.yaml': '' });
    const wanted = (path: string) => path.endsWith('.yaml');
    const files = await readFilesAtCommit(repository.forge, commit, { folders: ['models', 'releases'], wanted });
    expect(Object.fromEntries(files)).toEqual({
      'models/m/model.yaml': 'a: 1\n',
      'models/m/ünï.yaml': 'naïve: ✓\n',
      'models/m/empty.yaml': '',
    });
  });

  it('reads no file that is too large, and all others', async () => {
    const commit = await repository.commit({ 'models/m/big.yaml': 'x'.repeat(1024 * 1024 + 1) });
    const wanted = (path: string) => path.endsWith('.yaml');
    const files = await readFilesAtCommit(repository.folder, commit, { folders: ['models'], wanted });
    expect(files.get('models/m/model.yaml')).toBe('a: 1\n');
    const { findings } = parseWorkspace(new Map([['models/m/model.yaml', files.get('models/m/big.yaml')!]]));
    expect(findings.map(({ code }) => code)).toEqual(['yaml/too-large']);
    const states = [`${commit}:models/m/big.yaml`, `${commit}:models/m/model.yaml`];
    expect(await readBlobs(repository.folder, states)).toEqual([NOT_READ, 'a: 1\n']);
  });

  it('leaves out the largest where all files together are too many', () => {
    const files = [5, 3, 900, 4, 2 ** 21].map((sizeBytes) => ({ sizeBytes }));
    expect(thatFit(files, 12)).toEqual([{ sizeBytes: 3 }, { sizeBytes: 4 }, { sizeBytes: 5 }]);
    expect(thatFit(files, 11)).toEqual([{ sizeBytes: 3 }, { sizeBytes: 4 }]);
    expect(thatFit(files)).toHaveLength(4);
  });

  it('reads of the documents only what is or should be one', async () => {
    const lock = { 'models/m/conda-lock.yml': 'x: [\n', 'models/m/versions/one.yaml': 'x: 1\n' };
    const commit = await repository.commit(lock);
    const files = await readDocumentsAtCommit(repository.folder, commit);
    expect([...files.keys()]).toEqual(['models/m/model.yaml', 'models/m/versions/one.yaml']);
  });

  it('finds no blob under the name of a folder, of a commit or of nothing', async () => {
    const commit = await repository.git.requireCommit('HEAD');
    const names = ['models/m', 'notes.txt', 'absent', 'models/m/model.yaml'].map((path) => `${commit}:${path}`);
    expect(await readBlobs(repository.folder, [commit, ...names])).toEqual([null, null, 'x', null, 'a: 1\n']);
  });

  it('commits files on top of any commit without touching the work tree or the branch', async () => {
    const parent = await repository.git.requireCommit('HEAD');
    await writeFile(join(repository.folder, 'notes.txt'), 'my own edit');
    const commit = await commitFiles(repository.folder, {
      parent,
      files: new Map([
        ['releases/prod/m.yaml', 'version: 1\n'],
        ['models/m/train.py', null],
      ]),
      message: 'Promote m',
      author: { name: 'Ada', email: 'ada@example.com' },
    });
    expect(await repository.git.requireCommit('HEAD')).toBe(parent);
    expect(await repository.git.changedFiles()).toEqual(['notes.txt']);
    expect(await repository.git.run(['show', '--name-status', '--format=%an %s', commit])).toBe(
      'Ada Promote m\n\nD\tmodels/m/train.py\nA\treleases/prod/m.yaml',
    );
  });

  it('commits nothing but a message where no file changes', async () => {
    const parent = await repository.git.requireCommit('HEAD');
    const author = { name: 'Ada', email: 'ada@example.com' };
    const commit = await commitFiles(repository.folder, { parent, files: new Map(), message: 'End it', author });
    expect(await repository.git.run(['show', '--name-status', '--format=%P %s', commit])).toBe(`${parent} End it`);
  });

  it('says which forge addresses it knows', async () => {
    expect((await openForge(repository.git)).address).toBe(repository.forge);
    await repository.git.run(['remote', 'set-url', 'origin', 'git@github.com:a/b.git']);
    const withoutToken = openForge(repository.git, Date.now, {});
    await expect(withoutToken).rejects.toMatchObject({ code: 'forge/unauthorized' });
    await repository.git.run(['remote', 'set-url', 'origin', 'https://elsewhere.example.com/a/b.git']);
    await expect(openForge(repository.git)).rejects.toMatchObject({ code: 'input/bad-argument' });
    await repository.git.run(['remote', 'remove', 'origin']);
    await expect(openForge(repository.git)).rejects.toMatchObject({ code: 'input/unknown-reference' });
  });
});
