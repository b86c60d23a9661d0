import type { PullRequestSummary } from '../forge.js';

/** What we read of GitHub's pull requests; every operation that answers one has these fields. */
export interface GithubPull {
  readonly number: number;
  readonly title: string;
  readonly body: string | null;
  readonly state: string;
  readonly user: { readonly login: string } | null;
  readonly head: { readonly ref: string; readonly sha: string; readonly repo: { readonly full_name: string } | null };
  readonly base: { readonly ref: string; readonly repo: { readonly full_name: string } };
  readonly created_at: string;
  readonly updated_at: string;
  readonly merged_at: string | null;
  readonly merge_commit_sha: string | null;
  readonly draft?: boolean | undefined;
}

/** An account that was deleted. */
export const NOBODY = 'ghost';

/**
 * A branch of a fork is named `owner:branch`, which no branch of ours can be called: else anybody could open a pull request in the name of
 * one of our bots' branches. The merge commit of an open pull request is only GitHub's trial.
 */
export function summaryOf(pull: GithubPull): PullRequestSummary {
  const isMerged = pull.merged_at !== null;
  return {
    number: pull.number,
    title: pull.title,
    body: pull.body ?? '',
    author: pull.user?.login ?? NOBODY,
    head: isFromFork(pull) ? `${pull.head.repo?.full_name.split('/')[0] ?? NOBODY}:${pull.head.ref}` : pull.head.ref,
    base: pull.base.ref,
    state: isMerged ? 'merged' : pull.state === 'open' ? 'open' : 'closed',
    openedAt: pull.created_at,
    mergeCommit: isMerged ? pull.merge_commit_sha : null,
    ...(pull.draft === true && { isDraft: true }),
  };
}

/** Also of a fork that is deleted by now. */
export function isFromFork({ base, head }: GithubPull): boolean {
  return head.repo?.full_name !== base.repo.full_name;
}
