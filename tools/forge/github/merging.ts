import { SignalboxError } from '@signalbox/contracts';
import { mergeWords } from '../merge-commit.js';
import { movedOn, notOpen } from '../refusals.js';
import type { GithubClient } from './client.js';
import { createOnce, NOT_REPEATED } from './create-once.js';
import { isFailedRequest } from './errors.js';
import type { GithubPull } from './records.js';

/** GitHub computes by itself whether a request can be merged, and refuses until it is done: after a push to either branch that takes seconds. */
const PAUSES_MS = [500, 1000, 2000, 3000, 5000];

/**
 * Merges exactly the commit that was looked at, by a merge commit. An answer that was lost is found again: the pull request is merged then. What GitHub
 * refuses only until it has computed is waited for. Answers the merge commit. Errors: `store/conflict` when the branch or its base moved, or GitHub takes
 * longer, `git/conflict`, and `release/refused` where a ruleset demands more.
 */
export async function mergePull(client: GithubClient, pull: GithubPull): Promise<string> {
  const { head } = pull;
  const findMerged = async () => {
    const now = await readNow(client, pull);
    return now.merged_at !== null && now.head.sha === head.sha ? now.merge_commit_sha : null;
  };
  return createOnce(findMerged, () => mergeWhenComputed(client, pull));
}

async function mergeWhenComputed(client: GithubClient, pull: GithubPull): Promise<string> {
  let attempt = await tryMerge(client, pull);
  for (const pauseMs of PAUSES_MS) {
    if ('commit' in attempt) return attempt.commit;
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    const { mergeable, state } = await readNow(client, pull);
    if (state !== 'open') throw notOpen(pull.number, state);
    if (mergeable === false) throw conflicts(pull, attempt.refused);
    if (mergeable === true) attempt = await tryMerge(client, pull);
  }
  if ('commit' in attempt) return attempt.commit;
  throw new SignalboxError(
    'store/conflict',
    `pull request ${pull.number} is not merged: GitHub says "${wordsOf(attempt.refused)}"`,
    {
      hint: 'GitHub is still computing whether it can be merged: run the command again.',
      retryable: true,
      cause: attempt.refused,
    },
  );
}

/** Null for `mergeable`: GitHub has not computed it yet. */
async function readNow({ call, owner, repo }: GithubClient, { number }: GithubPull) {
  const { data } = await call(`read pull request ${number}`, ({ rest }) =>
    rest.pulls.get({ owner, repo, pull_number: number }),
  );
  return data;
}

type Attempt = { readonly commit: string } | { readonly refused: Error };

/** `refused`: for now. What is refused for good is thrown. */
async function tryMerge({ call, owner, repo }: GithubClient, pull: GithubPull): Promise<Attempt> {
  const { head, number } = pull;
  return call(`merge pull request ${number}`, async ({ rest }) => {
    const message = {
      commit_title: `Merge pull request #${number} from ${head.ref}`,
      commit_message: mergeWords(pull),
    };
    const where = { owner, repo, pull_number: number, sha: head.sha };
    try {
      const { data } = await rest.pulls.merge({ ...where, merge_method: 'merge', ...message, ...NOT_REPEATED });
      return { commit: data.sha };
    } catch (error) {
      if (isFailedRequest(error) && error.status === 405 && PASSING.test(error.message)) return { refused: error };
      throw asRefusal(error, pull);
    }
  });
}

/** What GitHub says of a conflict too: which of the two it is, the request itself says. */
const PASSING = /not mergeable|merge conflict|base branch was modified/i;

function asRefusal(error: unknown, { head, number }: GithubPull): unknown {
  if (!isFailedRequest(error)) return error;
  const says = wordsOf(error);
  if (error.status === 409 && /head branch/i.test(says)) return movedOn(head.ref, head.sha, 'another commit');
  if (error.status !== 405) return error;
  return new SignalboxError('release/refused', `pull request ${number} may not be merged: GitHub says "${says}"`, {
    hint: 'Its rulesets ask for more: see the box above the merge button on its page.',
    cause: error,
  });
}

function conflicts({ base, number }: GithubPull, cause: Error): SignalboxError {
  return new SignalboxError('git/conflict', `merging pull request ${number} into ${base.ref} conflicts`, {
    hint: `Bring the branch up to date (git merge origin/${base.ref}), solve the conflict, push, and merge again.`,
    cause,
  });
}

/** Without the link to the manual that Octokit adds. */
const wordsOf = (error: Error): string => error.message.replace(/ - https:\S+$/, '');
