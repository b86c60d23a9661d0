import { type Finding, SignalboxError, type Workspace } from '@signalbox/contracts';
import { GitRepository, readWorkspaceCommit } from '../forge/index.js';
import { changedCandidates } from './changed-candidates.js';
import { type Plan, planChange } from './plan.js';
import { recordedCandidates } from './recorded-candidates.js';

export interface CommitPlan {
  readonly base: string;
  readonly head: string;
  readonly plan: Plan;
  /** The models that have to be trained and judged again, because the branch changes what their next version is made of and has no record of it yet. */
  readonly candidates: readonly string[];
  /** Errors of the documents at the head: what they hold back is not in the plan. */
  readonly findings: readonly Finding[];
  /** Every path that differs, from the root. */
  readonly changedPaths: readonly string[];
  /** The documents at the head. */
  readonly workspace: Workspace;
}

export interface BranchPlan extends CommitPlan {
  /** Edited but not committed, and so not part of the plan. */
  readonly uncommitted: readonly string[];
}

/** What merging a commit, by default the one that is checked out, into `base` would do. */
export async function planBranch(repo: string, base: string, revision = 'HEAD'): Promise<BranchPlan> {
  const git = await GitRepository.open(repo);
  const head = await git.requireCommit(revision);
  const target = (await git.commitOf(`refs/remotes/origin/${base}`)) ?? (await git.requireCommit(base));
  return { ...(await planCommits(git, { base: target, head })), uncommitted: await git.changedFiles() };
}

/** What merging `head` into `base` would do, compared with where it branched off, as the merge would. The repository may be bare. */
export async function planCommits(
  git: GitRepository,
  { base, head }: { readonly base: string; readonly head: string },
): Promise<CommitPlan> {
  const from = await git.run(['merge-base', base, head]).catch(() => {
    throw new SignalboxError(
      'input/bad-argument',
      `${head.slice(0, 12)} and ${base.slice(0, 12)} have no common history, so nothing can be merged`,
    );
  });
  const before = await readWorkspaceCommit(git.folder, from);
  const after = await readWorkspaceCommit(git.folder, head);
  const differing = await git.run(['diff', '--name-only', '--no-renames', '-z', from, head]);
  const changedPaths = differing.split('\0').filter((path) => path !== '');
  const changed = changedCandidates({ before: before.workspace, after: after.workspace, changedPaths });
  const recorded = await recordedCandidates(changed, { git, before: before.workspace, after: after.workspace, head });
  return {
    base,
    head,
    changedPaths,
    workspace: after.workspace,
    candidates: changed.filter((model) => !recorded.includes(model)),
    plan: planChange(before.workspace, after.workspace),
    findings: after.findings.filter((finding) => finding.severity === 'error'),
  };
}
