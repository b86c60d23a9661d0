import { type Finding, SignalboxError, type Workspace } from '@signalbox/contracts';
import { GitRepository } from '../../forge/index.js';
import { assertBoundedTree } from '../../handover/index.js';
import { readHead } from '../branch/read-head.js';
import { withAllHolds } from '../desired/holds.js';
import { changedCandidates } from './changed-candidates.js';
import { type Plan, planChange } from './plan.js';
import { type PlannedTrailer, readPlannedTrailers } from './planned-trailers.js';
import { readLiveRates } from './rates.js';
import { readOutlooks } from './read-outlooks.js';
import { recordedCandidates } from './recorded-candidates.js';

export interface CommitPlan {
  readonly base: string;
  readonly head: string;
  readonly plan: Plan;
  /** The models that have to be trained and judged again, because the branch changes what their next version is made of and has no record of it yet. */
  readonly candidates: readonly string[];
  /** What the newest version of each of them took of a processor to train, in seconds, where it has one. */
  readonly lastTrainingCpuSeconds: Readonly<Record<string, number>>;
  /** Errors of the documents at the head: what they hold back is not in the plan. */
  readonly findings: readonly Finding[];
  /** Every path that differs, from the root. */
  readonly changedPaths: readonly string[];
  /** What its commits say that decides something beside documents. */
  readonly trailers: readonly PlannedTrailer[];
  /** Where the branch left the base, and the head. */
  readonly before: Workspace;
  readonly after: Workspace;
}

/** For people and machines: everything but the documents themselves. */
export interface BranchPlan extends Omit<CommitPlan, 'before' | 'after'> {
  /** Edited but not committed, and so not part of the plan. */
  readonly uncommitted: readonly string[];
}

export interface BranchQuestion {
  readonly base: string;
  /** By default what is checked out. */
  readonly revision?: string;
  /** With it, costs are told at the live rate of requests where evidence says it. */
  readonly wallNow?: () => number;
}

/** What merging a commit into a branch would do. */
export async function planBranch(
  repo: string,
  { base, revision = 'HEAD', wallNow }: BranchQuestion,
): Promise<BranchPlan> {
  const git = await GitRepository.open(repo);
  const head = await git.requireCommit(revision);
  const target = (await git.commitOf(`refs/remotes/origin/${base}`)) ?? (await git.requireCommit(base));
  const { after, before, ...planned } = await planCommits(git, { base: target, head });
  const { workspace } = await readHead(repo, target);
  const rates = wallNow === undefined ? new Map() : await readLiveRates(planned.plan, { repo, workspace, wallNow });
  const proposed = { commit: head, workspace: after, findings: planned.findings };
  const outlooks =
    wallNow === undefined ? new Map() : await readOutlooks(planned.plan, { repo, after: proposed, wallNow });
  return {
    ...planned,
    plan: planChange(before, after, { rates, outlooks, trailers: planned.trailers }),
    uncommitted: await git.changedFiles(),
  };
}

/** What merging `head` into `base` would do, compared with where it branched off, as the merge would. The repository may be bare. Throws `handover/refused` for more than anybody reads. */
export async function planCommits(
  git: GitRepository,
  { base, head }: { readonly base: string; readonly head: string },
): Promise<CommitPlan> {
  await assertBoundedTree(git.folder, head);
  const from = await git.run(['merge-base', base, head]).catch(() => {
    throw new SignalboxError(
      'input/bad-argument',
      `${head.slice(0, 12)} and ${base.slice(0, 12)} have no common history, so nothing can be merged`,
    );
  });
  const before = withAllHolds(await readHead(git.folder, from));
  const proposed = await readHead(git.folder, head);
  const [after, findings] = [withAllHolds(proposed), proposed.findings];
  const differing = await git.run(['diff', '--name-only', '--no-renames', '-z', from, head]);
  const changedPaths = differing.split('\0').filter((path) => path !== '');
  const trailers = await readPlannedTrailers(git.folder, { base, head, changedPaths });
  const changed = changedCandidates({ before, after, changedPaths });
  const recorded = await recordedCandidates(changed, { git, before, after, head });
  const candidates = changed.filter((model) => !recorded.includes(model));
  return {
    base,
    head,
    changedPaths,
    trailers,
    before,
    after,
    candidates,
    lastTrainingCpuSeconds: lastTraining(before, candidates),
    plan: planChange(before, after, { trailers }),
    findings: findings.filter((finding) => finding.severity === 'error'),
  };
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
