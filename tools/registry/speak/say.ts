import type { GitRepository } from '../../forge/index.js';
import { type CommitPlan, type LiveRates, MainBranch, planChange, readNextPass } from '../../release/index.js';
import { BASE_BRANCH } from '../base.js';
import { branchOfRecords, commitRecords, type Records, recordTexts } from './commit-records.js';
import { obstaclesOf } from './obstacles.js';
import type { SpeakRequest, Spoken } from './request.js';
import { checkOf, commentOf, GATES_CHECK, letsMerge, type Outcome, type Statement } from './statement.js';
import type { Target } from './target.js';

/** The one comment that is kept up to date. */
const SPEAK_MARKER = 'signalbox';

export interface Findings {
  readonly git: GitRepository;
  /** The commit that is spoken of. */
  readonly head: string;
  /** Null where it conflicts with the main branch. */
  readonly plan: CommitPlan | null;
  readonly outcomes: readonly Outcome[];
  readonly target: Target;
  /** How busy what it touches is, where pods' evidence says so. */
  readonly rates: LiveRates;
}

/** Commits the records that were earned, and says what was found: one comment, one check. */
export async function say(request: SpeakRequest, findings: Findings): Promise<Spoken> {
  const { git, head, outcomes, plan, rates, target } = findings;
  const { forge, identity } = request;
  const whole = plan === null ? null : await withRecords(request, { plan, outcomes, rates, git });
  const statement: Statement = { plan: whole, outcomes };
  const letThrough = letsMerge(statement);
  const obstacles = obstaclesOf(statement);
  const texts = letThrough ? recordTexts(outcomes) : new Map<string, string>();
  const records = { judged: head, texts, outcomes };
  const where = { forge, git, identity, branch: target.branch };
  if (target.isFork) return sayToFork(request, { ...findings, statement, records });
  const { commit, changed } = await commitRecords(where, records);
  if (changed) request.progress(`version record ${[...texts.keys()].join(', ')} committed to ${target.branch}`);
  const number = await numberOf(request);
  await tell(request, number, { commit, statement });
  return { pullRequest: await forge.getPullRequest(number), commit, outcomes, letThrough, obstacles, changed };
}

/**
 * Nobody may push to a fork's branch. What it earned comes as a pull request of the bot's own: the fork's commits, with the record on top. That one is to
 * be merged, and the fork's says so.
 */
async function sayToFork(
  request: SpeakRequest,
  {
    git,
    outcomes,
    records,
    statement,
    target,
  }: Findings & { readonly statement: Statement; readonly records: Records },
): Promise<Spoken> {
  const { forge, identity } = request;
  const { number, title } = target.known!;
  const said = { outcomes, letThrough: letsMerge(statement), obstacles: obstaclesOf(statement) };
  if (records.texts.size === 0) {
    await tell(request, number, { commit: records.judged, statement });
    return {
      pullRequest: await forge.getPullRequest(number),
      commit: records.judged,
      ...said,
      changed: false,
    };
  }
  const name = `signalbox/pull-${number}-${records.judged.slice(0, 12)}`;
  const { branch, commit, changed } = await branchOfRecords({ forge, git, identity, branch: name }, records);
  const own = await forge.openPullRequest({
    head: branch,
    base: BASE_BRANCH,
    title: `${title} (#${number})`,
    body: commentOf(statement),
    author: identity,
  });
  await tell(request, own.number, { commit, statement });
  await tell(request, number, { commit: records.judged, statement: { ...statement, mergeInstead: own.number } });
  return { pullRequest: await forge.getPullRequest(own.number), commit, ...said, changed };
}

async function tell(
  { forge, identity }: SpeakRequest,
  number: number,
  { commit, statement }: { readonly commit: string; readonly statement: Statement },
): Promise<void> {
  await forge.comment(number, { author: identity, body: commentOf(statement), marker: SPEAK_MARKER });
  await forge.setCheck(number, GATES_CHECK, { commit, ...checkOf(statement) });
}

/** What merging does once the records that were earned are in the branch: they are what bots act by. */
async function withRecords(
  { forge, repo, wallNow }: SpeakRequest,
  { git, outcomes, plan, rates }: Pick<Findings, 'git' | 'outcomes' | 'rates'> & { readonly plan: CommitPlan },
): Promise<CommitPlan> {
  const versions = new Map(plan.after.versions);
  for (const one of outcomes) {
    if (one.kind !== 'recorded') continue;
    versions.set(one.model, new Map(versions.get(one.model)).set(one.version, one.record));
  }
  const { before, heads, trailers } = plan;
  const after = { ...heads.after, workspace: { ...heads.after.workspace, versions } };
  const branch = new MainBranch(forge.repository, BASE_BRANCH);
  const place = { repository: forge.repository, forge, branch, sync: async () => undefined, unsynced: null };
  const asked = { repo, folder: git.folder, heads: { ...heads, after }, place, wallNow };
  const nextPass = await readNextPass(asked);
  return { ...plan, plan: planChange(before, { ...plan.after, versions }, { rates, trailers, nextPass }) };
}

async function numberOf({ forge, pullRequest }: SpeakRequest): Promise<number> {
  return typeof pullRequest === 'number' ? pullRequest : (await forge.openPullRequest(pullRequest)).number;
}
