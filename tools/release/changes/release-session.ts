import { isDeepStrictEqual } from 'node:util';
import { type Finding, isSignalboxError, ParsedFiles, SignalboxError } from '@signalbox/contracts';
import {
  changesOf,
  commitFiles,
  type Forge,
  GitRepository,
  type Identity,
  openForge,
  type PullRequest,
  readIdentities,
  trackingRefspec,
} from '../../forge/index.js';
import { MainBranch } from '../branch/main-branch.js';
import { readHead } from '../branch/read-head.js';
import { mayDecide } from '../branch/trailers.js';
import type { Head } from '../desired/desired.js';
import { withAllHolds } from '../desired/holds.js';
import type { Place } from '../pass/open-environment.js';
import { describePlan, type Plan, planChange } from '../plan/plan.js';
import { readPlannedTrailers } from '../plan/planned-trailers.js';
import { readNextPass } from '../plan/read-next-pass.js';
import { bestFirst, type MergeQuestion, standingOf } from './best-proposal.js';
import { passWithoutGates } from './gates-check.js';
import { saysTheSame } from './in-words.js';
import { type Proposals, readProposals } from './open-proposals.js';

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
  readonly proposals: Map<string, Promise<Proposals>>;
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
  const main = await branch.read(commit);
  return { git, forge, author, committer, base, wallNow, main, place, parsed, proposals: new Map() };
}

interface ProposedChange {
  readonly branch: string;
  readonly message: string;
  readonly files: ReadonlyMap<string, string | null>;
  /** Paths that these files are about: where the main branch has changed one since it was proposed, those who agreed agreed to something else. */
  readonly about?: readonly string[];
  /** Refuse errors in these files. Going back does not: what was valid once may break a rule of today, and still must run again. */
  readonly mustBeValid: boolean;
  /** What must be known before anything else is read of it. */
  readonly caution?: string;
}

/** A change to what an environment is asked to run, and who must agree. */
export interface ReleaseChange extends ProposedChange, MergeQuestion {
  readonly title: string;
  readonly merge: boolean;
  /** Records an approval by this name. */
  readonly approveAs?: string;
}

interface Proposal {
  readonly branch: string;
  readonly commit: string;
  /** Of the commit. */
  readonly author: string;
  readonly committer: string;
}

interface Prepared {
  /** The documents as they will be once it is merged; its commit is on top of the main branch, and on no branch yet. */
  readonly after: Head;
  /** What proposes the very same, with its approvals, as long as the main branch did not touch what it is about since. The best one first. */
  readonly same: readonly Proposal[];
  /** The branch of another one: what says anything else is left alone, and keeps nobody from proposing. */
  readonly free: string;
}

/** The change as a commit, and what was proposed before, which is gone on with after a cut or when the same is asked for again. */
async function prepare(session: ReleaseSession, change: ReleaseChange): Promise<Prepared> {
  const { author, committer, forge, git, main, parsed } = session;
  const { about, branch, files, message } = change;
  const made = await commitFiles(git.folder, { parent: main.commit, files, message, author, committer });
  const after = { ...(await readHead(git.folder, made, parsed)), commit: made };
  if (change.mustBeValid) assertValid(after.findings, files);
  const { free, open } = await readProposals(session, { branch, paths: [...files.keys()], ...(about && { about }) });
  const worded = open.filter((one) => saysTheSame(one.message, message));
  if (worded.length === 0) return { after, same: [], free };
  const meant = (await changesOf(git.folder, [made])).get(made);
  const same = worded.filter(({ changes }) => isDeepStrictEqual(changes, meant));
  return { after, same: await bestFirst({ forge, author, committer }, same, change), free };
}

function assertValid(findings: readonly Finding[], files: ReadonlyMap<string, unknown>): void {
  const errors = findings.filter(({ place, severity }) => severity === 'error' && files.has(place.file));
  if (errors.length === 0) return;
  throw new SignalboxError('input/invalid-documents', `the change would not be valid: ${errors[0]!.message}`, {
    hint: 'Nothing was changed. Correct what the findings say and run the command again.',
    findings: errors,
  });
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
  /** What could not be done after it was merged; null: nothing. */
  readonly leftToDo: string | null;
  readonly plan: Plan;
}

/** The change as a pull request that says what it does to traffic, merged where that is asked for and enough people agreed. */
export async function proposeRelease(session: ReleaseSession, change: ReleaseChange): Promise<ReleaseChangeResult> {
  const { after, free, same } = await prepare(session, change);
  const plan = await planOf(session, change, after);
  const open = async (proposal: Proposal): Promise<Opened> => {
    const { branch: head } = proposal;
    const { author, base, forge } = session;
    const request = await forge.openPullRequest({ head, base, title: change.title, body: describePlan(plan), author });
    return { proposal, request };
  };
  const openOwn = async () => open(await publish(session, free, after.commit));
  const opened = same[0] === undefined ? await openOwn() : await open(same[0]);
  const concluded = await conclude(session, change, opened).catch(async (error: unknown) => {
    if (change.approvals > 0 || !(await isRefusedOfOthers(session, opened, error))) throw error;
    return conclude(session, change, await openOwn());
  });
  return { ...concluded, title: change.title, leftToDo: null, plan };
}

async function publish({ author, committer, forge, git }: ReleaseSession, branch: string, commit: string) {
  await forge.publishBranch(branch, { folder: git.folder, commit });
  return { branch, commit, author: author.name, committer: committer.name };
}

/** Of the commit that was made here: what is gone on with says the same, and a shallow clone has no history of it. */
async function planOf(session: ReleaseSession, change: ProposedChange, after: Head): Promise<Plan> {
  const { caution, files, message } = change;
  const { git, main, place, wallNow } = session;
  const range = { base: main.commit, head: after.commit, changedPaths: [...files.keys()] };
  const trailers = mayDecide(message) ? await readPlannedTrailers(git.folder, range) : [];
  const [old, now] = [withAllHolds(main), withAllHolds(after)];
  const nextPass = await readNextPass({ repo: git.folder, heads: { before: main, after }, place, wallNow });
  const plan = planChange(old, now, { nextPass, trailers });
  return caution === undefined ? plan : { ...plan, summary: [caution, ...plan.summary] };
}

interface Opened {
  readonly proposal: Proposal;
  readonly request: PullRequest;
}

type Concluded = Omit<ReleaseChangeResult, 'title' | 'leftToDo' | 'plan'>;

async function conclude(session: ReleaseSession, change: ReleaseChange, opened: Opened): Promise<Concluded> {
  const { author, forge } = session;
  const { branch, commit } = opened.proposal;
  const { number } = opened.request;
  if (change.approveAs !== undefined) await forge.approve(number, change.approveAs, commit);
  const request = change.approveAs === undefined ? opened.request : await forge.getPullRequest(number);
  const standing = standingOf(session, { made: opened.proposal, request }, change);
  const merges = change.merge && standing.missingApprovals === 0 && standing.objection === null;
  if (merges && change.ungated !== undefined) await passWithoutGates(forge, { number, commit, why: change.ungated });
  const merged = merges ? (await forge.merge(number, author, commit)).commit : null;
  return { number, branch, commit, merged, ...standing };
}

/** Whoever may push can open the same first, and see to it that it cannot be merged. */
async function isRefusedOfOthers(
  { author, forge }: ReleaseSession,
  { request }: Opened,
  error: unknown,
): Promise<boolean> {
  if (!isSignalboxError(error) || !['release/refused', 'git/conflict'].includes(error.code)) return false;
  return request.author !== (await forge.self(author));
}
