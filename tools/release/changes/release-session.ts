import { type Finding, ParsedFiles, SignalboxError } from '@signalbox/contracts';
import {
  bringsJust,
  commitFiles,
  type Forge,
  GitRepository,
  type Identity,
  openForge,
  readCommitFacts,
  readIdentities,
  trackingRefspec,
} from '../../forge/index.js';
import { countApprovals, objectionTo } from '../bots/requests.js';
import { MainBranch } from '../branch/main-branch.js';
import { readHead } from '../branch/read-head.js';
import type { Head } from '../desired/desired.js';
import { withAllHolds } from '../desired/holds.js';
import type { Place } from '../pass/open-environment.js';
import { describePlan, type Plan, planChange } from '../plan/plan.js';
import { readPlannedTrailers } from '../plan/planned-trailers.js';
import { readOutlooks } from '../plan/read-outlooks.js';
import { passWithoutGates } from './gates-check.js';
import { saysTheSame } from './in-words.js';
import { freeBranch, openProposals } from './open-proposals.js';

/** A person at a clone, who is about to change what the main branch asks for. */
export interface ReleaseSession {
  readonly git: GitRepository;
  readonly forge: Forge;
  readonly author: Identity;
  /** The author, unless somebody runs again what another one started. */
  readonly committer: Identity;
  readonly base: string;
  readonly wallNow: () => number;
  /** The main branch as the forge has it now, whatever is checked out here. */
  readonly main: Head;
  /** The same for whoever asks further, with all of its history, which a shallow clone has not. What a session has parsed is not parsed again. */
  readonly place: Place;
  readonly parsed: ParsedFiles;
}

/** Asks nothing of what is checked out, edited or fetched here. Errors: `git/no-identity`, `input/not-a-repository`, `input/unknown-reference`. */
export async function openSession(repo: string, { base = 'main', wallNow = Date.now } = {}): Promise<ReleaseSession> {
  const git = await GitRepository.open(repo);
  const forge = await openForge(git, wallNow);
  const [{ author, committer }] = await Promise.all([readIdentities(repo), forge.sync()]);
  await git.run(['fetch', '--quiet', forge.repository, trackingRefspec(base)]);
  // What was fetched, and not what the forge has by now: commits are made and read in the clone.
  const commit = await git.requireCommit(`refs/remotes/origin/${base}`);
  const parsed = new ParsedFiles();
  const { repository } = forge;
  const branch = new MainBranch(repository, base, parsed);
  const place = { repository, forge, branch, sync: () => forge.sync(), unsynced: null };
  return { git, forge, author, committer, base, wallNow, main: await branch.read(commit), place, parsed };
}

interface ProposedChange {
  readonly branch: string;
  readonly message: string;
  readonly files: ReadonlyMap<string, string | null>;
  /** Refuse errors in these files. Going back does not: what was valid once may break a rule of today, and still must run again. */
  readonly mustBeValid: boolean;
}

interface Proposal {
  readonly branch: string;
  readonly commit: string;
  /** The documents as they will be once it is merged. */
  readonly after: Head;
}

/**
 * The change as a commit on top of the main branch, pushed to a branch of its own. Asking again, after a cut or for the same change, goes on with what
 * was proposed before, and with its approvals, as long as the main branch did not touch these files since; any other branch is left alone, and keeps
 * nobody from proposing.
 */
async function commitProposal(session: ReleaseSession, change: ProposedChange): Promise<Proposal> {
  const { author, committer, forge, git, main, parsed } = session;
  const { files, message } = change;
  const made = await commitFiles(git.folder, { parent: main.commit, files, message, author, committer });
  const after = await readHead(git.folder, made, parsed);
  if (change.mustBeValid) assertValid(after.findings, files);
  const open = await openProposal(session, change);
  if (open !== null) return { ...open, after };
  const branch = await freeBranch(session, change.branch);
  await forge.publishBranch(branch, { folder: git.folder, commit: made });
  return { branch, commit: made, after: { ...after, commit: made } };
}

/** One that says just this, and changes these files as this change does and nothing else; fetched. */
async function openProposal(
  session: ReleaseSession,
  { branch, files, message }: ProposedChange,
): Promise<Pick<Proposal, 'branch' | 'commit'> | null> {
  const { git, forge } = session;
  for (const one of await openProposals(session, { branch, paths: [...files.keys()] })) {
    if (!saysTheSame(one.message, message)) continue;
    // To promote again what Git asks for changes no file: its trailer says it.
    if (!(await bringsJust(forge.repository, one, { parent: one.parent, files, mayBeEmpty: true }))) continue;
    await git.run(['fetch', '--quiet', forge.repository, `refs/heads/${one.branch}`]);
    return { branch: one.branch, commit: one.commit };
  }
  return null;
}

function assertValid(findings: readonly Finding[], files: ReadonlyMap<string, unknown>): void {
  const errors = findings.filter(({ place, severity }) => severity === 'error' && files.has(place.file));
  if (errors.length === 0) return;
  throw new SignalboxError('input/invalid-documents', `the change would not be valid: ${errors[0]!.message}`, {
    hint: 'Nothing was changed. Correct what the findings say and run the command again.',
    findings: errors,
  });
}

/** A change to what an environment is asked to run, and who must agree. */
export interface ReleaseChange extends ProposedChange {
  readonly title: string;
  readonly merge: boolean;
  /** How many people other than the author must agree. */
  readonly approvals: number;
  /** Records an approval by this name. */
  readonly approveAs?: string;
  /** Why there is nothing to gate: it goes back to what ran, or stops something. Then nobody's request for changes keeps it from being merged. */
  readonly ungated?: string;
}

export interface ReleaseChangeResult {
  readonly number: number;
  readonly title: string;
  readonly branch: string;
  readonly commit: string;
  /** The merge commit on the main branch; null when it was not merged. */
  readonly merged: string | null;
  readonly missingApprovals: number;
  /** Who asked for changes, and so keeps it from being merged; null: nobody. */
  readonly objection: string | null;
  readonly plan: Plan;
}

/** The change as a pull request that says what it does to traffic, merged where that is asked for and enough people agreed. */
export async function proposeRelease(session: ReleaseSession, change: ReleaseChange): Promise<ReleaseChangeResult> {
  const { author, base, forge, git, main, place, wallNow } = session;
  const { branch, commit, after } = await commitProposal(session, change);
  const changedPaths = [...change.files.keys()];
  const trailers = await readPlannedTrailers(git.folder, { base: main.commit, head: commit, changedPaths });
  const [old, now] = [withAllHolds(main), withAllHolds(after)];
  const documents = planChange(old, now, { trailers });
  const outlooks = await readOutlooks(documents, { repo: git.folder, after, place, wallNow });
  const plan = planChange(old, now, { outlooks, trailers });
  const { title } = change;
  const { number } = await forge.openPullRequest({ head: branch, base, title, body: describePlan(plan), author });
  if (change.approveAs !== undefined) await forge.approve(number, change.approveAs);
  const pullRequest = await forge.getPullRequest(number);
  const asked = await whoAsked(session, { opener: pullRequest.author, commit });
  const missingApprovals = Math.max(0, change.approvals - countApprovals(pullRequest, commit, asked));
  const objection = change.ungated === undefined ? objectionTo(pullRequest) : null;
  const merges = change.merge && missingApprovals === 0 && objection === null;
  if (merges && change.ungated !== undefined) await passWithoutGates(forge, { number, commit, why: change.ungated });
  const merged = merges ? (await forge.merge(number, author, commit)).commit : null;
  return { number, title, branch, commit, merged, missingApprovals, objection, plan };
}

/**
 * Beside whoever opened the request. A workflow opens it as its App, in the name of the person who started it and of the one who ran it again: they are
 * author and committer, of the commit and of what is done here now.
 */
async function whoAsked(
  { author, committer, git }: ReleaseSession,
  { commit, opener }: { readonly opener: string; readonly commit: string },
): Promise<readonly string[]> {
  const made = await readCommitFacts(git.folder, commit);
  const asked = [made.author, made.committer];
  return opener.endsWith('[bot]') ? [...asked, author.name, committer.name] : asked;
}
