import { SignalboxError } from '@signalbox/contracts';
import { changedPaths, type Forge, GitRepository, type PullRequest, runPlumbing } from '../../forge/index.js';
import type { CommitPlan } from '../../release/index.js';
import { BASE_BRANCH } from '../base.js';
import { recordPathsOf } from './foreign-records.js';
import type { SpeakRequest } from './request.js';
import { GATES_CHECK, type Outcome } from './statement.js';

/** Where it is said: the branch is there, the pull request perhaps not yet. */
export interface Target {
  readonly branch: string;
  readonly known: PullRequest | null;
  /** Its branch is in another repository. */
  readonly isFork: boolean;
}

export async function targetOf({ forge, pullRequest }: SpeakRequest): Promise<Target> {
  if (typeof pullRequest !== 'number') return { branch: pullRequest.head, known: null, isFork: false };
  const known = await requireOpen(forge, pullRequest);
  // A forge names a fork's branch `owner:branch`, which no branch of its own can be called.
  return { branch: known.head, known, isFork: known.head.includes(':') };
}

async function requireOpen(forge: Forge, number: number): Promise<PullRequest> {
  const pullRequest = await forge.getPullRequest(number);
  if (pullRequest.state === 'open' && pullRequest.base === BASE_BRANCH) return pullRequest;
  const why =
    pullRequest.state === 'open' ? `goes to ${pullRequest.base}, not to ${BASE_BRANCH}` : `is ${pullRequest.state}`;
  throw new SignalboxError('release/refused', `pull request ${number} ${why}`, {
    hint: `Only open pull requests to ${BASE_BRANCH} are spoken on.`,
  });
}

/** A fork's commit is in the clone, where the workflow brought it, and in no branch of the forge. */
export async function judgedCommit({ commit, forge, repo }: SpeakRequest, git: GitRepository): Promise<string> {
  const clone = await GitRepository.open(repo);
  const full = (await clone.commitOf(commit)) ?? (await git.requireCommit(commit));
  if ((await git.commitOf(full)) === null) {
    await runPlumbing(forge.repository, ['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', clone.folder, full]);
  }
  return full;
}

/**
 * A record on top of an older commit of a fork would bring what its author has taken back, or what nobody looked at last. Branches of the forge are held to their heads
 * where the record is committed. Throws `release/refused`.
 */
export function assertForkHead({ known }: Target, judged: string): void {
  if (known?.forkHead === undefined || known.forkHead === judged) return;
  throw new SignalboxError(
    'release/refused',
    `pull request ${known.number} is at ${known.forkHead.slice(0, 12)} now, and ${judged.slice(0, 12)} was judged`,
    { hint: 'Nothing is to be done: the newer commit is judged and spoken of by itself.' },
  );
}

export function hasPassed({ checks }: Pick<PullRequest, 'checks'>, commit: string): boolean {
  const check = checks[GATES_CHECK];
  return check?.verdict === 'pass' && check.commit === commit;
}

/**
 * The commit that carries the records has our check already: the push that brought it is no candidate of its own. Only of records that this very commit
 * brought: the main branch may have moved since, and merging then bring others.
 */
export async function saidBefore(
  forge: Forge,
  { checks, head }: PullRequest,
  {
    git,
    judged,
    plan,
  }: { readonly git: GitRepository; readonly judged: readonly Outcome[]; readonly plan: CommitPlan },
): Promise<boolean> {
  if (!hasPassed({ checks }, plan.head)) return false;
  const records = recordPathsOf(plan);
  if (records.length === 0 || judged.length > 0) return false;
  if (head.includes(':') || (await forge.headOf(head)) !== plan.head) return false;
  const brought = await changedPaths(git.folder, `${plan.head}^1`, plan.head);
  return records.every((path) => brought.includes(path));
}
