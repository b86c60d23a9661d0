import { SignalboxError } from '@signalbox/contracts';
import { type LastWords, lastWordsOf, maySay } from './approvals.js';
import type { GithubClient } from './client.js';
import { isFailedRequest } from './errors.js';

/** What people said last who may write to the repository. */
export async function readReviews(client: GithubClient, number: number): Promise<LastWords> {
  const { owner, repo } = client;
  const reviews = await client.call(`read the reviews of pull request ${number}`, (octokit) =>
    octokit.paginate(octokit.rest.pulls.listReviews, { owner, repo, pull_number: number, per_page: 100 }),
  );
  const { approvals, objectors } = lastWordsOf(reviews);
  const people = [...approvals.map(({ by }) => by), ...objectors];
  const allowed = await Promise.all(people.map((name) => isAllowed(client, name)));
  const mayWrite = new Set(people.filter((_, i) => allowed[i]));
  return {
    approvals: approvals.filter(({ by }) => mayWrite.has(by)),
    objectors: objectors.filter((name) => mayWrite.has(name)),
  };
}

/** An account that is gone by now may nothing. */
async function isAllowed({ call, owner, repo }: GithubClient, username: string): Promise<boolean> {
  return call(`read the rights of ${username}`, async ({ rest }) => {
    try {
      return maySay((await rest.repos.getCollaboratorPermissionLevel({ owner, repo, username })).data.permission);
    } catch (error) {
      if (isFailedRequest(error) && error.status === 404) return false;
      throw error;
    }
  });
}

/** Errors: `release/refused` for another name than the token's account, and where GitHub takes no approval of it, such as an author's own. */
export async function writeApproval(
  client: GithubClient,
  { by, commit, number }: { readonly by: string; readonly commit: string; readonly number: number },
): Promise<void> {
  const { owner, repo } = client;
  const self = await client.login();
  if (self !== by) {
    throw new SignalboxError('release/refused', `the token belongs to ${self}, and nobody approves for ${by}`, {
      hint: `${by} approves on the page of the pull request.`,
    });
  }
  try {
    await client.call(`approve pull request ${number}`, ({ rest }) =>
      rest.pulls.createReview({ owner, repo, pull_number: number, event: 'APPROVE', commit_id: commit }),
    );
  } catch (error) {
    if (!(error instanceof SignalboxError) || error.code !== 'forge/rejected') throw error;
    throw new SignalboxError('release/refused', error.message, {
      hint: 'Somebody else has to approve it.',
      cause: error,
    });
  }
}
