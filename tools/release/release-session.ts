import { type Finding, SignalboxError } from '@signalbox/contracts';
import {
  commitFiles,
  type Forge,
  GitRepository,
  type Identity,
  openForge,
  type PullRequest,
  readIdentity,
  readWorkspaceCommit,
} from '../forge/index.js';
import type { Head } from './desired.js';

/** A person at a clean clone, who is about to change what the main branch asks for. */
export interface ReleaseSession {
  readonly git: GitRepository;
  readonly forge: Forge;
  readonly author: Identity;
  readonly base: string;
  /** The main branch as the forge has it now, whatever is checked out here. */
  readonly main: Head;
}

/** Errors: `git/dirty-work-tree`, `git/no-identity`, `input/not-a-repository`, `input/unknown-reference`. */
export async function openSession(repo: string, { base = 'main', wallNow = Date.now } = {}): Promise<ReleaseSession> {
  const git = await GitRepository.open(repo);
  const forge = await openForge(git, wallNow);
  const [author] = await Promise.all([
    readIdentity(repo),
    git.assertCleanWorkTree(),
    git.run(['fetch', '--quiet', 'origin', base]),
  ]);
  const commit = await forge.headOf(base);
  const { findings, workspace } = await readWorkspaceCommit(repo, commit);
  return { git, forge, author, base, main: { commit, findings, workspace } };
}

export interface ProposedChange {
  readonly branch: string;
  readonly message: string;
  readonly files: ReadonlyMap<string, string | null>;
  /** Refuse errors in these files. Going back does not: what was valid once may break a rule of today, and still must run again. */
  readonly mustBeValid: boolean;
}

export interface Proposal {
  readonly branch: string;
  readonly commit: string;
  /** The documents as they will be once it is merged. */
  readonly after: Head;
}

/**
 * The change as a commit on top of the main branch, pushed to a branch of its own. Asking again after a cut, or for the same change,
 * finds the branch with the same content and goes on from there; a branch that someone else changed is left alone.
 */
export async function commitProposal(session: ReleaseSession, change: ProposedChange): Promise<Proposal> {
  const { author, git, main } = session;
  const branch = `${change.branch}-${main.commit.slice(0, 7)}`;
  const made = await commitFiles(git.folder, {
    parent: main.commit,
    files: change.files,
    message: change.message,
    author,
  });
  const { findings, workspace } = await readWorkspaceCommit(git.folder, made);
  if (change.mustBeValid) assertValid(findings, change.files);
  const commit = await pushOnce(git, branch, made);
  return { branch, commit, after: { commit, findings, workspace } };
}

function assertValid(findings: readonly Finding[], files: ReadonlyMap<string, unknown>): void {
  const errors = findings.filter(({ place, severity }) => severity === 'error' && files.has(place.file));
  if (errors.length === 0) return;
  throw new SignalboxError('input/invalid-documents', `the change would not be valid: ${errors[0]!.message}`, {
    hint: 'Nothing was changed. Correct what the findings say and run the command again.',
    findings: errors,
  });
}

async function pushOnce(git: GitRepository, branch: string, made: string): Promise<string> {
  const listed = await git.run(['ls-remote', 'origin', `refs/heads/${branch}`]);
  const pushed = listed.slice(0, 40);
  if (pushed === '') {
    await git.run(['push', '--quiet', 'origin', `${made}:refs/heads/${branch}`]);
    return made;
  }
  await git.run(['fetch', '--quiet', 'origin', branch]);
  const tree = (commit: string) => git.run(['rev-parse', `${commit}^{tree}`]);
  if ((await tree(pushed)) === (await tree(made))) return pushed;
  throw new SignalboxError('git/conflict', `the branch ${branch} exists with other changes`, {
    hint: `Someone worked on it: merge or close its pull request, or delete it (git push origin --delete ${branch}).`,
  });
}

/** Opens the pull request, and merges it where that is asked for and enough people agreed. */
export async function openAndMerge(
  session: ReleaseSession,
  request: {
    readonly proposal: Proposal;
    readonly title: string;
    readonly body: string;
    readonly merge: boolean;
    readonly approvals: number;
    readonly approveAs?: string;
  },
): Promise<{ readonly pullRequest: PullRequest; readonly merged: string | null; readonly missingApprovals: number }> {
  const { author, base, forge } = session;
  const { body, proposal, title } = request;
  const { number } = await forge.openPullRequest({ head: proposal.branch, base, title, body, author });
  if (request.approveAs !== undefined) await forge.approve(number, request.approveAs);
  const pullRequest = await forge.getPullRequest(number);
  const missingApprovals = Math.max(0, request.approvals - countApprovals(pullRequest, proposal.commit));
  if (!request.merge || missingApprovals > 0) return { pullRequest, merged: null, missingApprovals };
  const { commit, pullRequest: merged } = await forge.merge(number, author);
  return { pullRequest: merged, merged: commit, missingApprovals };
}

/** People other than the author who approved this very commit. */
function countApprovals({ approvals, author }: PullRequest, commit: string): number {
  return new Set(approvals.filter((one) => one.commit === commit && one.by !== author).map((one) => one.by)).size;
}
