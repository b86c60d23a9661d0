import type { Approval } from '../forge.js';

/** What we read of a review. */
export interface GithubReview {
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly state: string;
  readonly commit_id: string | null;
  readonly submitted_at?: string;
}

/**
 * The last word of each person, oldest first: an approval that was taken back, dismissed or followed by a request for changes is none. A comment
 * is no word on it. Bots approve nothing: whoever may start one could approve by it.
 */
export function approvalsOf(reviews: readonly GithubReview[]): readonly Approval[] {
  const lastWords = new Map<string, Approval | null>();
  for (const { commit_id: commit, state, submitted_at: at = '', user } of reviews) {
    if (user === null || user.type === 'Bot' || !['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED'].includes(state))
      continue;
    lastWords.delete(user.login);
    lastWords.set(user.login, state === 'APPROVED' && commit !== null ? { by: user.login, at, commit } : null);
  }
  return [...lastWords.values()].filter((approval) => approval !== null);
}

/** What GitHub calls the rights of somebody whose approval counts: on a public repository anybody may review. */
export function mayApprove(permission: string): boolean {
  return permission === 'admin' || permission === 'write' || permission === 'maintain';
}
