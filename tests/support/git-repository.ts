import { cpSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GitRepository, runPlumbing } from '../../tools/forge/index.js';

/** A clone with its bare forge in a temporary folder, as a person would have them. For tests and benchmarks. */
export interface TestRepository {
  readonly folder: string;
  readonly forge: string;
  readonly git: GitRepository;
  /** Writes files, commits them on the current branch and pushes it; answers the commit. */
  commit(files: Readonly<Record<string, string | null>>, message?: string): Promise<string>;
  /** Another one that starts where this one stands: much faster than making it again. */
  copy(): Promise<TestRepository>;
  remove(): Promise<void>;
}

export async function createTestRepository(): Promise<TestRepository> {
  const root = await mkdtemp(join(tmpdir(), 'signalbox-git-'));
  await mkdir(join(root, 'forge.git'));
  await mkdir(join(root, 'work'));
  await GitRepository.initialise(join(root, 'forge.git'), { bare: true });
  const git = await GitRepository.initialise(join(root, 'work'));
  await git.run(['config', 'user.name', 'Ada Test']);
  await git.run(['config', 'user.email', 'ada@example.com']);
  // Relative, so that a copy of both folders belongs together.
  await git.run(['remote', 'add', 'origin', '../forge.git']);
  return repositoryIn(root);
}

async function repositoryIn(root: string): Promise<TestRepository> {
  const folder = join(root, 'work');
  const git = await GitRepository.open(folder);
  return {
    folder,
    forge: join(root, 'forge.git'),
    git,
    remove: () => rm(root, { recursive: true, force: true }),
    async copy() {
      const copied = await mkdtemp(join(tmpdir(), 'signalbox-git-'));
      // All in one go: file by file, with others between, it takes ten times the processor.
      cpSync(root, copied, { recursive: true });
      return repositoryIn(copied);
    },
    async commit(files, message = 'Change something') {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true });
        if (text === null) await rm(join(folder, path));
        else await writeFile(join(folder, path), text);
      }
      await runPlumbing(folder, ['add', '-A']);
      await runPlumbing(folder, ['commit', '--quiet', '--allow-empty', '-m', message]);
      await runPlumbing(folder, ['push', '--quiet', 'origin', 'HEAD']);
      return git.requireCommit('HEAD');
    },
  };
}
