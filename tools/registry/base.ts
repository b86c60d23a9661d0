import { isSignalboxError } from '@signalbox/contracts';
import type { GitRepository } from '../forge/index.js';

/** The branch that releases come from. */
export const BASE_BRANCH = 'main';

/**
 * The commit that a candidate is judged against: the main branch of the forge, fetched now; without a forge the local main branch; in
 * a repository with neither, the head. What a branch says of itself is never the judge where there is a main branch. A forge that
 * cannot be reached, or that asks a runner for a token it was not given, is judged by as it was last fetched, and `say` says so.
 */
export async function baseCommit(git: GitRepository, say: (line: string) => void): Promise<string> {
  if ((await git.remoteUrl()) !== null) {
    try {
      await git.run(['fetch', '--quiet', 'origin', BASE_BRANCH]);
      return await git.requireCommit('FETCH_HEAD');
    } catch (error) {
      const isNew = isSignalboxError(error) && /couldn't find remote ref/i.test(error.message);
      const known = isNew ? null : await git.commitOf(`refs/remotes/origin/${BASE_BRANCH}`);
      if (known !== null) {
        say(
          `origin cannot be fetched from; judged against its ${BASE_BRANCH} as fetched before (${known.slice(0, 12)})`,
        );
        return known;
      }
      if (!isNew) throw error;
    }
  }
  return (await git.commitOf(BASE_BRANCH)) ?? git.requireCommit('HEAD');
}
