import { SignalboxError } from '@signalbox/contracts';
import { readObjects } from './object-reader.js';
import { runPlumbing } from './plumbing.js';

/** The tip of a branch, or null. */
export async function branchTip(repository: string, branch: string): Promise<string | null> {
  const [tip = null] = await readObjects(repository, [`refs/heads/${branch}`]);
  return tip?.id ?? null;
}

/** A new branch at a commit. Errors: `git/conflict` when it exists, whoever made it. */
export async function createBranch(repository: string, branch: string, commit: string): Promise<void> {
  const reference = `refs/heads/${branch}`;
  try {
    await runPlumbing(repository, ['update-ref', reference, commit, '0'.repeat(40)]);
  } catch (error) {
    if ((await branchTip(repository, branch)) === null) throw error;
    throw new SignalboxError('git/conflict', `the branch ${branch} exists already`, { retryable: true, cause: error });
  }
}
