import { SignalboxError } from '@signalbox/contracts';
import { runPlumbing } from './plumbing.js';

/** The tip of a branch, or null. */
export async function branchTip(repository: string, branch: string): Promise<string | null> {
  const args = ['rev-parse', '--verify', '--quiet', `refs/heads/${branch}`];
  const { status, stdout } = await runPlumbing(repository, args, { answers: [0, 1] });
  return status === 0 ? stdout.toString('utf8').trim() : null;
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
