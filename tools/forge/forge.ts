import type { VerdictKind } from '@signalbox/contracts';
import type { Identity } from './identity.js';

/** What a list of pull requests tells of each. */
export interface PullRequestSummary {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  /** What the forge calls whoever opened it: a name of Git locally, an account on GitHub. */
  readonly author: string;
  /** Branch names, without `refs/heads/`. */
  readonly head: string;
  readonly base: string;
  readonly state: 'open' | 'merged' | 'closed';
  readonly openedAt: string;
  readonly mergeCommit: string | null;
  /** Not to be merged until somebody says that it is ready. A forge without drafts leaves it out. */
  readonly isDraft?: boolean;
}

export interface PullRequest extends PullRequestSummary {
  readonly comments: readonly Comment[];
  /** By name. On GitHub only those that the expected App made: any workflow of any branch can make one of the same name. */
  readonly checks: Readonly<Record<string, Check>>;
  readonly approvals: readonly Approval[];
  /** Who may write and asked for changes last, of whatever commit. A forge without such reviews leaves it out. */
  readonly objectors?: readonly string[];
  /** Where the branch of a fork is, which `repository` does not have. */
  readonly forkHead?: string;
}

export interface Comment {
  readonly author: string;
  readonly at: string;
  readonly body: string;
  /** A comment with a marker is replaced by the next one with the same marker, so that a report is never posted twice. */
  readonly marker: string | null;
}

export interface NewCheck {
  /** What was checked: a check of an older commit says nothing about the head. */
  readonly commit: string;
  readonly verdict: VerdictKind;
  readonly title: string;
  /** Markdown. */
  readonly summary: string;
  /** What is said beside lines of files. A forge without a page to show them on leaves them out. */
  readonly annotations?: readonly Annotation[];
}

export interface Check extends Omit<NewCheck, 'annotations'> {
  /** Who made it: the App on GitHub. The local forge knows no accounts and always says `signalbox`. */
  readonly by: string;
}

export interface Annotation {
  /** From the root of the repository. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  readonly level: 'notice' | 'warning' | 'failure';
  readonly title: string;
  readonly message: string;
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

export interface PullRequestFilter {
  readonly state?: PullRequest['state'];
  /** Those from this branch. */
  readonly head?: string;
}

export interface BranchSource {
  readonly folder: string;
  readonly commit: string;
}

/**
 * Where branches meet: pull requests, their checks, comments and approvals. Reading is of `repository`, as fresh as the last `sync`;
 * commits reach others by `publishBranch`, which is signed in where a clone's own `git push` may not be.
 * Errors: `input/unknown-reference` for a number or branch that does not exist, `release/refused` for a state that does not allow the
 * call, `git/conflict` when a merge or a push conflicts, `store/conflict` when the branch moved meanwhile (retryable), and on GitHub
 * `forge/unauthorized`, `forge/rate-limited`, `forge/unavailable` and `forge/rejected`.
 */
export interface Forge {
  readonly kind: 'local' | 'github';
  /** How people find it, and what Git clones from: a path or an address. */
  readonly address: string;
  /** A bare repository on this machine with the forge's branches under `refs/heads`: the local forge itself, or a mirror. */
  readonly repository: string;
  /** What it calls whoever speaks, as `author` of what they open. GitHub knows that by the token. */
  self(by: Identity): Promise<string>;
  /** Makes `repository` say what the forge says now. Branches that were made in a mirror and never published are forgotten. */
  sync(): Promise<void>;
  /**
   * Makes a branch the forge's own: one that was made in `repository`, or a commit of another folder on this machine. Publishing it again does
   * nothing; it never overwrites: `git/conflict`.
   */
  publishBranch(branch: string, from?: BranchSource): Promise<void>;
  /** The commit at the tip of a branch, as the forge says now. */
  headOf(branch: string): Promise<string>;
  /** Opening again for a branch that has an open pull request updates its title and body: the call is idempotent. */
  openPullRequest(request: NewPullRequest): Promise<PullRequest>;
  getPullRequest(number: number): Promise<PullRequest>;
  /** By number, newest last. */
  listPullRequests(filter?: PullRequestFilter): Promise<readonly PullRequestSummary[]>;
  /** GitHub knows who speaks by the token, and takes no author's word for it. */
  comment(
    number: number,
    comment: { readonly author: Identity; readonly body: string; readonly marker?: string },
  ): Promise<void>;
  /** A check of the same name and commit is replaced. */
  setCheck(number: number, name: string, check: NewCheck): Promise<void>;
  /**
   * Approves this commit, only while it is the tip of the branch (`store/conflict` else): nobody looked at what was pushed since. On GitHub `by` is the
   * account that the token belongs to: nobody approves for another.
   */
  approve(number: number, by: string, commit: string): Promise<void>;
  /** Ends an open pull request without merging it, with the reason as a comment. Its branch stays. */
  close(number: number, by: Identity, reason: string): Promise<void>;
  /**
   * A real merge commit with both parents, its first parent the old tip of the base. With `head`, only while that is the tip of the branch
   * (`store/conflict` else): what was pushed since nobody has approved.
   */
  merge(
    number: number,
    by: Identity,
    head?: string,
  ): Promise<{ readonly commit: string; readonly pullRequest: PullRequestSummary }>;
}
