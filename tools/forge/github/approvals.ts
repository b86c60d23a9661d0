import type { Approval } from '../forge.js';

/** What we read of a review. */
export interface GithubReview {
  readonly user: { readonly login: string; readonly type: string } | null;
  readonly state: string;
  readonly commit_id: string | null;
  readonly submitted_at?: string;
}

/** What people said last, oldest first, each of them once. */
export interface LastWords {
  readonly approvals: readonly Approval[];
  /** Who asked for changes: of whatever commit, since a push answers nobody. */
  readonly objectors: readonly string[];
}

/**
 * The last word of each person: an approval that was taken back, dismissed or followed by a request for changes is none, and so is a request for changes.
 * A comment is no word on it. Bots say nothing: whoever may start one could approve by it.
 */
export function lastWordsOf(reviews: readonly GithubReview[]): LastWords {
  const last = new Map<string, GithubReview>();
  for (const review of reviews) {
    const { state, user } = review;
    if (user === null || user.type === 'Bot' || !['APPROVED', 'CHANGES_REQUESTED', 'DISMISSED'].includes(state))
      continue;
    last.delete(user.login);
    last.set(user.login, review);
  }
  const words = [...last];
  return {
    approvals: words.flatMap(([by, { commit_id: commit, state, submitted_at: at = '' }]) =>
      state === 'APPROVED' && commit !== null ? [{ by, at, commit }] : [],
    ),
    objectors: words.flatMap(([by, { state }]) => (state === 'CHANGES_REQUESTED' ? [by] : [])),
  };
}

/** What GitHub calls the rights of somebody whose word counts: on a public repository anybody may review. */
export function maySay(permission: string): boolean {
  return permission === 'admin' || permission === 'write' || permission === 'maintain';
}
