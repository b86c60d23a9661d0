import { resolve } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { type BlobStore, openBlobStore } from '@signalbox/serving/stores';
import { withTemporaryFolder } from '../../cache/index.js';
import {
  BOT,
  type Forge,
  GitRepository,
  type Identity,
  type NewPullRequest,
  openForge,
  type PullRequest,
} from '../../forge/index.js';
import { type CommitPlan, planChange, planCommits } from '../../release/index.js';
import { BASE_BRANCH } from '../base.js';
import { assertBoundedTree } from '../bounded-tree.js';
import { type Judge, openJudge } from '../champion.js';
import { commitRecords, recordTexts } from './commit-records.js';
import { foreignRecords } from './foreign-records.js';
import { judgedOutcomes } from './outcomes.js';
import { checkOf, commentOf, GATES_CHECK, letsMerge, type Outcome, type Statement } from './statement.js';

export interface SpeakRequest {
  /** The repository; its `.signalbox` is worked in. */
  readonly repo: string;
  readonly forge: Forge;
  /** The number of an open pull request, or the one to open once its branch has what it earned. */
  readonly pullRequest: number | NewPullRequest;
  /** What was judged. */
  readonly commit: string;
  /** What the judges left: a folder, or one with a folder for each; null where nothing was to be judged. */
  readonly verdict: string | null;
  readonly environment: string;
  /** Who commits and comments. */
  readonly identity: Identity;
  readonly progress: (line: string) => void;
}

export interface Spoken {
  readonly pullRequest: PullRequest;
  /** The head after it: with the records, where candidates were let through. */
  readonly commit: string;
  readonly outcomes: readonly Outcome[];
  readonly letThrough: boolean;
  /** False where it had all been said and committed before. */
  readonly changed: boolean;
}

/** The one comment that is kept up to date. */
export const SPEAK_MARKER = 'signalbox';

/**
 * Says on a pull request what merging it does and what the judges found, commits the records that were earned, and sets the one check. What has to be judged
 * follows from Git; a verdict is taken as hostile input and made again from its evidence; no model is loaded and nothing of the pull request runs. Saying
 * it again changes nothing. Throws `release/refused` where the pull request is closed or has moved on.
 */
export async function speak(request: SpeakRequest): Promise<Spoken> {
  const { forge } = request;
  await forge.sync();
  const git = await GitRepository.open(forge.repository);
  const target = await targetOf(request);
  const main = await openJudge(forge.repository, await forge.headOf(BASE_BRANCH));
  const head = await git.requireCommit(request.commit);
  await assertBoundedTree(forge.repository, head);
  const plan = await planCommits(git, { base: main.commit, head });
  return withTemporaryFolder(resolve(request.repo, '.signalbox', 'cache'), 'speak', async (temporary) => {
    const judged = await judgedOutcomes(request.verdict, {
      git,
      plan,
      main,
      environment: request.environment,
      temporary,
      store: storeOf(request, main),
    });
    if (request.verdict === null && target.known !== null && (await saidBefore(forge, target.known, plan))) {
      return { pullRequest: target.known, commit: plan.head, outcomes: [], letThrough: true, changed: false };
    }
    const outcomes = [...judged, ...foreignRecords(plan, main.workspace, judged)];
    return say(request, { git, plan, outcomes, target });
  });
}

/** The same by the bot, on the forge that the repository pushes to: what the workflow does. */
export async function speakAsBot(
  request: Omit<SpeakRequest, 'forge' | 'identity'> & { readonly wallNow: () => number },
): Promise<Spoken> {
  const forge = await openForge(await GitRepository.open(request.repo), request.wallNow);
  return speak({ ...request, forge, identity: BOT });
}

/** Where it is said: the branch is there, the pull request perhaps not yet. */
interface Target {
  readonly branch: string;
  readonly known: PullRequest | null;
}

async function targetOf({ forge, pullRequest }: SpeakRequest): Promise<Target> {
  if (typeof pullRequest !== 'number') return { branch: pullRequest.head, known: null };
  const known = await requireOpen(forge, pullRequest);
  return { branch: known.head, known };
}

interface Findings {
  readonly git: GitRepository;
  readonly plan: CommitPlan;
  readonly outcomes: readonly Outcome[];
  readonly target: Target;
}

async function say(request: SpeakRequest, { git, plan, outcomes, target }: Findings): Promise<Spoken> {
  const { forge, identity } = request;
  const { branch } = target;
  const statement: Statement = { plan: withRecords(plan, outcomes), outcomes };
  const letThrough = letsMerge(statement);
  const texts = letThrough ? recordTexts(outcomes) : new Map<string, string>();
  const records = { judged: plan.head, texts, outcomes };
  const { commit, changed } = await commitRecords({ forge, git, identity, branch }, records);
  if (changed) request.progress(`version record ${[...texts.keys()].join(', ')} committed to ${branch}`);
  const number = await numberOf(request);
  await forge.comment(number, { author: identity, body: commentOf(statement), marker: SPEAK_MARKER });
  await forge.setCheck(number, GATES_CHECK, { commit, ...checkOf(statement) });
  return { pullRequest: await forge.getPullRequest(number), commit, outcomes, letThrough, changed };
}

/** What merging does once the records that were earned are in the branch: they are what bots act by. */
function withRecords(plan: CommitPlan, outcomes: readonly Outcome[]): CommitPlan {
  const versions = new Map(plan.after.versions);
  for (const one of outcomes) {
    if (one.kind !== 'recorded') continue;
    versions.set(one.model, new Map(versions.get(one.model)).set(one.version, one.record));
  }
  return { ...plan, plan: planChange(plan.before, { ...plan.after, versions }) };
}

async function numberOf({ forge, pullRequest }: SpeakRequest): Promise<number> {
  return typeof pullRequest === 'number' ? pullRequest : (await forge.openPullRequest(pullRequest)).number;
}

/** The commit that carries the records has our check already: the push that brought it is no candidate of its own. */
async function saidBefore(forge: Forge, { checks, head }: PullRequest, plan: CommitPlan): Promise<boolean> {
  const check = checks[GATES_CHECK];
  return check?.verdict === 'pass' && check.commit === plan.head && (await forge.headOf(head)) === plan.head;
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

/** Where the main branch says that packages lie. */
function storeOf({ repo, environment }: SpeakRequest, { workspace }: Judge): BlobStore {
  const settings = workspace.environments.get(environment)?.environment;
  if (settings !== undefined) return openBlobStore(resolve(repo, settings.stores.artifacts));
  throw new SignalboxError('input/unknown-reference', `${BASE_BRANCH} has no environment "${environment}"`, {
    hint: `There are: ${[...workspace.environments.keys()].sort().join(', ')}.`,
  });
}
