import type { VerdictKind } from '@signalbox/contracts';
import type { Identity } from './identity.js';

export interface PullRequest {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly author: string;
  /** Branch names, without `refs/heads/`. */
  readonly head: string;
  readonly base: string;
  readonly state: 'open' | 'merged' | 'closed';
  readonly openedAt: string;
  readonly comments: readonly Comment[];
  readonly checks: Readonly<Record<string, Check>>;
  readonly approvals: readonly Approval[];
  readonly mergeCommit: string | null;
}

export interface Comment {
  readonly author: string;
  readonly at: string;
  readonly body: string;
  /** A comment with a marker is replaced by the next one with the same marker, so that a report is never posted twice. */
  readonly marker: string | null;
}

export interface Check {
  /** What was checked: a check of an older commit says nothing about the head. */
  readonly commit: string;
  readonly verdict: VerdictKind;
  readonly title: string;
  readonly summary: string;
}

export interface Approval {
  readonly by: string;
  readonly at: string;
  /** Approvals are of a commit: a later push needs them again. */
  readonly commit: string;
}

export interface NewPullRequest {
  readonly head: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
  readonly author: Identity;
}

/**
 * Where branches meet: pull requests, their checks, comments and approvals. The local bare repository is one implementation; GitHub is
 * to be another beside it. Commits reach a forge by `git push`, not through this interface.
 * Errors: `input/unknown-reference` for a number or branch that does not exist, `release/refused` for a state that does not allow the
 * call, `git/conflict` when a merge conflicts, `store/conflict` when the branch moved meanwhile (retryable).
 */
export interface Forge {
  readonly kind: 'local';
  /** How people find it: a path or an address. */
  readonly address: string;
  /** The commit at the tip of a branch. */
  headOf(branch: string): Promise<string>;
  /** Opening again for a branch that has an open pull request updates its title and body: the call is idempotent. */
  openPullRequest(request: NewPullRequest): Promise<PullRequest>;
  getPullRequest(number: number): Promise<PullRequest>;
  /** By number, newest last. */
  listPullRequests(filter?: { readonly state?: PullRequest['state'] }): Promise<readonly PullRequest[]>;
  comment(
    number: number,
    comment: { readonly author: Identity; readonly body: string; readonly marker?: string },
  ): Promise<void>;
  setCheck(number: number, name: string, check: Check): Promise<void>;
  /** Approves the commit that is the head now. */
  approve(number: number, by: string): Promise<void>;
  /** Ends an open pull request without merging it, with the reason as a comment. Its branch stays. */
  close(number: number, by: Identity, reason: string): Promise<void>;
  /** A real merge commit with both parents, its first parent the old tip of the base. */
  merge(number: number, by: Identity): Promise<{ readonly commit: string; readonly pullRequest: PullRequest }>;
}
