import { isSignalboxError } from '@signalbox/contracts';
import type { GitRepository } from '../forge/index.js';

/** The branch that releases come from. */
export const BASE_BRANCH = 'main';

/**
 * The commit that a candidate is judged against: the main branch of the forge, fetched now; without a forge the local main branch; in
 * a repository with neither, the head. What a branch says of itself is never the judge where there is a main branch.
 */
export async function baseCommit(git: GitRepository): Promise<string> {
  if ((await git.remoteUrl()) !== null) {
    const fetched = await git.run(['fetch', '--quiet', 'origin', BASE_BRANCH]).then(
      () => true,
      (error: unknown) => {
        if (isSignalboxError(error) && /couldn't find remote ref/i.test(error.message)) return false;
        throw error;
      },
    );
    if (fetched) return git.requireCommit('FETCH_HEAD');
  }
  return (await git.commitOf(BASE_BRANCH)) ?? git.requireCommit('HEAD');
}
