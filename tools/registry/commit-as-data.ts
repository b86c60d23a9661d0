import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { type GitRepository, runPlumbing } from '../forge/index.js';
import { assertBoundedTree } from './bounded-tree.js';

/** The files of a commit in a folder, to be read and never run. */
export interface CommitAsData {
  readonly folder: string;
  remove(): Promise<void>;
}

/**
 * Nothing of the commit may act while it is checked out: links become files that hold their target's name, no hook runs, and no filter that a machine
 * has set up (Git LFS would ask the address that the commit itself names).
 */
const INERT = [
  'core.symlinks=false',
  'core.hooksPath=/dev/null',
  'filter.lfs.smudge=',
  'filter.lfs.process=',
  'filter.lfs.required=false',
].flatMap((setting) => ['-c', setting]);

/** The work tree itself where it is that very commit, untouched; otherwise a work tree aside, under `parent`. */
export async function openCommitAsData(git: GitRepository, commit: string, parent: string): Promise<CommitAsData> {
  if ((await git.commitOf('HEAD')) === commit && (await git.changedFiles()).length === 0) {
    return { folder: git.folder, remove: async () => {} };
  }
  const folder = join(parent, 'commit');
  await assertBoundedTree(git.folder, commit);
  await runPlumbing(git.folder, [...INERT, 'worktree', 'add', '--quiet', '--detach', folder, commit]);
  return {
    folder,
    async remove() {
      await rm(folder, { recursive: true, force: true });
      await git.run(['worktree', 'prune']);
    },
  };
}

/** The full id of the commit that is to be judged. Errors: `input/unknown-reference`. */
export async function requireJudged(git: GitRepository, commit: string): Promise<string> {
  const found = await git.commitOf(commit);
  if (found !== null) return found;
  throw new SignalboxError('input/unknown-reference', `the repository has no commit "${commit}"`, {
    hint: 'Fetch it first, from a fork too: git fetch origin pull/<number>/head',
  });
}
