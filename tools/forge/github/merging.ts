import { SignalboxError } from '@signalbox/contracts';
import { mergeWords } from '../merge-commit.js';
import { movedOn } from '../refusals.js';
import type { GithubClient } from './client.js';
import { createOnce, NOT_REPEATED } from './create-once.js';
import { isFailedRequest } from './errors.js';
import type { GithubPull } from './records.js';

/**
 * Merges exactly the commit that was looked at, by a merge commit. An answer that was lost is found again: the pull request is merged then.
 * Answers the merge commit. Errors: `store/conflict` when the branch or its base moved, `git/conflict`, and `release/refused` where a ruleset
 * demands more.
 */
export async function mergePull(client: GithubClient, pull: GithubPull): Promise<string> {
  const { owner, repo } = client;
  const { head, number } = pull;
  const where = { owner, repo, pull_number: number };
  const findMerged = async () => {
    const { data } = await client.call(`read pull request ${number}`, ({ rest }) => rest.pulls.get(where));
    return data.merged_at !== null && data.head.sha === head.sha ? data.merge_commit_sha : null;
  };
  return createOnce(findMerged, () =>
    client.call(`merge pull request ${number}`, async ({ rest }) => {
      const words = mergeWords(pull);
      const message = { commit_title: `Merge pull request #${number} from ${head.ref}`, commit_message: words };
      const request = { ...where, sha: head.sha, merge_method: 'merge', ...message, ...NOT_REPEATED } as const;
      const { data } = await rest.pulls
        .merge(request)
        .catch((error: unknown) => Promise.reject(asRefusal(error, pull)));
      return data.sha;
    }),
  );
}

function asRefusal(error: unknown, { base, head, number }: GithubPull): unknown {
  if (!isFailedRequest(error)) return error;
  const says = error.message.replace(/ - https:\S+$/, '');
  if (error.status === 409 && /head branch/i.test(says)) return movedOn(head.ref, head.sha, 'another commit');
  if (error.status !== 405) return error;
  if (/not mergeable|merge conflict/i.test(says)) {
    return new SignalboxError('git/conflict', `merging pull request ${number} into ${base.ref} conflicts`, {
      hint: `Bring the branch up to date (git merge origin/${base.ref}), solve the conflict, push, and merge again.`,
      cause: error,
    });
  }
  return new SignalboxError('release/refused', `pull request ${number} may not be merged: GitHub says "${says}"`, {
    hint: 'Its rulesets ask for more: see the box above the merge button on its page.',
    cause: error,
  });
}
