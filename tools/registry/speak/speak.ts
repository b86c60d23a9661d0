import { resolve } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { type BlobStore, openBlobStore } from '@signalbox/serving/stores';
import { withTemporaryFolder } from '../../cache/index.js';
import {
  BOT,
  type Forge,
  GitRepository,
  MergeConflict,
  openForge,
  type PullRequest,
  readWorkspaceCommit,
} from '../../forge/index.js';
import { type CommitPlan, planCommits, readLiveRates } from '../../release/index.js';
import { BASE_BRANCH } from '../base.js';
import { type Judge, openJudge } from '../champion.js';
import { foreignRecords } from './foreign-records.js';
import { judgedOutcomes } from './outcomes.js';
import type { SpeakRequest, Spoken } from './request.js';
import { say } from './say.js';
import { conflictOutcomes } from './taken.js';
import { assertForkHead, hasPassed, judgedCommit, saidBefore, type Target, targetOf } from './target.js';

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
  const head = await judgedCommit(request, git);
  assertForkHead(target, head);
  const plan = await planCommits(git, { base: main.commit, head }).catch(asConflict);
  if (!(plan instanceof MergeConflict)) return sayPlanned(request, { git, main, plan, target });
  const { workspace } = await readWorkspaceCommit(git.folder, head);
  const outcomes = conflictOutcomes(plan, { head: workspace, main: main.workspace });
  // Nobody can merge it meanwhile. A record that has earned its check keeps it: once the conflict is gone, nothing else would say that a judge wrote it.
  const { known } = target;
  const isTaken = outcomes.some(({ kind }) => kind === 'taken');
  if (request.verdict === null && !isTaken && known !== null && hasPassed(known, head)) return unchanged(known, head);
  return say(request, { git, head, plan: null, outcomes, rates: new Map(), target });
}

const unchanged = (pullRequest: PullRequest, commit: string): Spoken => ({
  ...{ pullRequest, commit, outcomes: [], letThrough: true, obstacles: [], changed: false },
});

/** Where nothing can be merged there is nothing to judge: GitHub starts no workflow for such a pull request, but the main branch may have moved meanwhile. */
function asConflict(error: unknown): MergeConflict {
  if (error instanceof MergeConflict) return error;
  throw error;
}

interface Planned {
  readonly git: GitRepository;
  readonly main: Judge;
  readonly plan: CommitPlan;
  readonly target: Target;
}

async function sayPlanned(request: SpeakRequest, { git, main, plan, target }: Planned): Promise<Spoken> {
  const { environment, forge, repo, verdict, wallNow } = request;
  return withTemporaryFolder(resolve(repo, '.signalbox', 'cache'), 'speak', async (temporary) => {
    const store = storeOf(request, main);
    const judged = await judgedOutcomes(verdict, { git, plan, main, environment, temporary, store });
    if (verdict === null && target.known !== null && (await saidBefore(forge, target.known, { git, judged, plan }))) {
      return unchanged(target.known, plan.head);
    }
    const outcomes = [...judged, ...foreignRecords(plan, main.workspace, judged)];
    const rates = await readLiveRates(plan.plan, { repo, workspace: main.workspace, wallNow });
    return say(request, { git, head: plan.head, plan, outcomes, rates, target });
  });
}

export interface BotRequest extends Omit<SpeakRequest, 'forge' | 'identity' | 'pullRequest'> {
  /** A number, or a branch: its open pull request to the main branch, or a new one unless it must be open already. */
  readonly pullRequest: number | { readonly branch: string; readonly mustBeOpen: boolean };
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** The same by the bot, on the forge that the repository pushes to: what the workflow does. */
export async function speakAsBot({ pullRequest, ...request }: BotRequest): Promise<Spoken> {
  const forge = await openForge(await GitRepository.open(request.repo), request.wallNow, request.env);
  const asked = typeof pullRequest === 'number' ? pullRequest : await requestOf(forge, pullRequest);
  return speak({ ...request, forge, identity: BOT, pullRequest: asked });
}

async function requestOf(
  forge: Forge,
  { branch: head, mustBeOpen }: Exclude<BotRequest['pullRequest'], number>,
): Promise<SpeakRequest['pullRequest']> {
  const open = await forge.listPullRequests({ state: 'open', head });
  const known = open.find(({ base }) => base === BASE_BRANCH);
  if (known !== undefined) return known.number;
  if (!mustBeOpen) return { head, base: BASE_BRANCH, title: `Merge ${head}`, body: '', author: BOT };
  throw new SignalboxError('release/refused', `no pull request from ${head} to ${BASE_BRANCH} is open`, {
    hint: `Only open pull requests to ${BASE_BRANCH} are spoken on; this one was closed meanwhile, or goes elsewhere.`,
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
