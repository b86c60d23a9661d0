import { digestJson, type Finding, ParsedFiles, type Workspace } from '@signalbox/contracts';
import { GitRepository, mergeAside, changedPaths as pathsBetween, readWorkspaceCommit } from '../../forge/index.js';
import { assertBoundedTree } from '../../handover/index.js';
import { MAIN_BRANCH } from '../branch/main-branch.js';
import { readHead } from '../branch/read-head.js';
import type { Head } from '../desired/head.js';
import { withAllHolds } from '../desired/holds.js';
import { changedCandidates } from './changed-candidates.js';
import { type Plan, planChange } from './plan.js';
import { type PlannedTrailer, readPlannedTrailers } from './planned-trailers.js';
import { readLiveRates } from './rates.js';
import { readNextPass } from './read-next-pass.js';
import { recordedCandidates } from './recorded-candidates.js';

export interface CommitPlan {
  readonly base: string;
  readonly head: string;
  readonly plan: Plan;
  /** The models that have to be trained and judged again, because merging changes what their next version is made of and the head has no record of it. */
  readonly candidates: readonly string[];
  /** The models that merging makes of other parts than the head has, because the base changed them too: what is judged at the head is not what would be merged. */
  readonly outdated: readonly string[];
  /** What the newest version of each candidate took of a processor to train, in seconds, where it has one. */
  readonly lastTrainingCpuSeconds: Readonly<Record<string, number>>;
  /** Errors of the documents as merging makes them that it brings, or leaves in a file that it changes: what they hold back is not in the plan. */
  readonly findings: readonly Finding[];
  /** Errors that the base has already, in files that merging leaves alone: they keep nothing from being merged. */
  readonly standingFindings: readonly Finding[];
  /** Every path that merging changes on the base, from the root. */
  readonly changedPaths: readonly string[];
  /** What its commits say that decides something beside documents. */
  readonly trailers: readonly PlannedTrailer[];
  /** The documents of the base, and as merging makes them. */
  readonly before: Workspace;
  readonly after: Workspace;
  /** The same at their commits, with whatever is wrong with them: `after` is a merge that no reference names. */
  readonly heads: Readonly<Record<'before' | 'after', Head>>;
}

/** For people and machines: everything but the documents themselves. */
export interface BranchPlan extends Omit<CommitPlan, 'before' | 'after' | 'heads'> {
  /** Edited but not committed, and so not part of the plan. */
  readonly uncommitted: readonly string[];
}

export interface BranchQuestion {
  readonly base: string;
  /** By default what is checked out. */
  readonly revision?: string;
  /** With it, what is published is looked at, and costs are told at the live rate of requests where evidence says it. */
  readonly wallNow?: () => number;
}

/** What merging a commit into a branch would do. Throws what `planCommits` throws. */
export async function planBranch(
  repo: string,
  { base, revision = 'HEAD', wallNow }: BranchQuestion,
): Promise<BranchPlan> {
  const git = await GitRepository.open(repo);
  const head = await git.requireCommit(revision);
  const target = (await git.commitOf(`refs/remotes/origin/${base}`)) ?? (await git.requireCommit(base));
  const { after, before, heads, ...planned } = await planCommits(git, { base: target, head, into: base });
  const rates =
    wallNow === undefined ? new Map() : await readLiveRates(planned.plan, { repo, workspace: before, wallNow });
  const seen = wallNow === undefined ? {} : { nextPass: await readNextPass({ repo, heads, wallNow }) };
  return {
    ...planned,
    plan: planChange(before, after, { rates, trailers: planned.trailers, ...seen }),
    uncommitted: await git.changedFiles(),
  };
}

export interface MergeQuestion {
  readonly base: string;
  readonly head: string;
  /** The name of the branch that is merged into. */
  readonly into?: string;
}

/**
 * What merging `head` into `base` would do: the documents that the merge makes, compared with those of `base`. The repository may be bare. Throws
 * `handover/refused` for more than anybody reads, `git/conflict` (`MergeConflict`) where nothing can be merged.
 */
export async function planCommits(
  git: GitRepository,
  { base, head, into = MAIN_BRANCH }: MergeQuestion,
): Promise<CommitPlan> {
  await assertBoundedTree(git.folder, head);
  const merged = await mergeAside(git.folder, { base: into, baseCommit: base, headCommit: head });
  const parsed = new ParsedFiles();
  const old = await readHead(git.folder, base, parsed);
  const made = await readHead(git.folder, merged, parsed);
  const [before, after] = [withAllHolds(old), withAllHolds(made)];
  const changedPaths = await pathsBetween(git.folder, base, merged);
  const trailers = await readPlannedTrailers(git.folder, { base, head, changedPaths });
  const changed = changedCandidates({ before, after, changedPaths });
  const outdated = await outdatedCandidates(git, head, made);
  const judged = changed.filter((model) => !outdated.includes(model));
  const recorded = await recordedCandidates(judged, { git, before, after, head });
  const candidates = changed.filter((model) => !recorded.includes(model));
  return {
    base,
    head,
    changedPaths,
    trailers,
    before,
    after,
    heads: { before: old, after: made },
    candidates,
    outdated,
    lastTrainingCpuSeconds: lastTraining(before, candidates),
    plan: planChange(before, after, { trailers }),
    ...findingsOf([old, made], changedPaths),
  };
}

/** An error that stands on the base and that the change has nothing to do with holds back what it touches, and not the change: nothing could go back otherwise. */
function findingsOf(
  [old, made]: readonly [Head, Head],
  changedPaths: readonly string[],
): Pick<CommitPlan, 'findings' | 'standingFindings'> {
  const changed = new Set(changedPaths);
  const known = new Set(old.findings.filter(isError).map(spotOf));
  const errors = made.findings.filter(isError);
  const stands = (finding: Finding) => known.has(spotOf(finding)) && !changed.has(finding.place.file);
  return { findings: errors.filter((one) => !stands(one)), standingFindings: errors.filter(stands) };
}

const isError = ({ severity }: Finding): boolean => severity === 'error';

/** Not its words: an error of an unchanged file may name what there is now. */
const spotOf = ({ code, place }: Finding): string => digestJson({ code, place });

/** Documents that a model is made of. */
const PARTS = /^(features|models)\/.*\.ya?ml$/i;

/**
 * Whose card, features, code or pinned packages the merge has otherwise than the head. Data that the base has more of makes no verdict wrong: a record says
 * which it rests on. Where the base moved in other places, and where it did not move at all, nothing is read again.
 */
async function outdatedCandidates(git: GitRepository, head: string, merged: Head): Promise<readonly string[]> {
  const differing = await pathsBetween(git.folder, head, merged.commit);
  if (differing.length === 0) return [];
  const pinned = new Set([...merged.workspace.models.values()].flatMap(({ training }) => training.lockFiles));
  const changedPaths = differing.filter((path) => path.startsWith('models/') || pinned.has(path));
  const isSame = !differing.some((path) => PARTS.test(path));
  const { workspace: before } = isSame ? merged : await readWorkspaceCommit(git.folder, head);
  return changedCandidates({ before, after: merged.workspace, changedPaths });
}

function lastTraining({ versions }: Workspace, models: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    models.flatMap((model) => {
      const records = [...(versions.get(model) ?? [])].sort(([a], [b]) => b - a);
      const [newest] = records;
      return newest === undefined ? [] : [[model, newest[1].cost.cpuSeconds]];
    }),
  );
}
