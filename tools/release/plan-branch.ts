import { type Finding, SignalboxError } from '@signalbox/contracts';
import { GitRepository, readWorkspaceCommit } from '../forge/index.js';
import { changedCandidates } from './changed-candidates.js';
import { type Plan, planChange } from './plan.js';

export interface BranchPlan {
  readonly base: string;
  readonly head: string;
  readonly plan: Plan;
  /** The models that have to be trained and judged again, because the branch changes what their next version is made of. */
  readonly candidates: readonly string[];
  /** Errors of the documents at the head: what they hold back is not in the plan. */
  readonly findings: readonly Finding[];
  /** Edited but not committed, and so not part of the plan. */
  readonly uncommitted: readonly string[];
}

/** What merging the checked-out commit into `base` would do. Compared with where it branched off, as the merge would. */
export async function planBranch(repo: string, base: string): Promise<BranchPlan> {
  const git = await GitRepository.open(repo);
  const head = await git.requireCommit('HEAD');
  const target = (await git.commitOf(`refs/remotes/origin/${base}`)) ?? (await git.requireCommit(base));
  const from = await git.run(['merge-base', target, head]).catch(() => {
    throw new SignalboxError('input/bad-argument', `HEAD and ${base} have no common history, so nothing can be merged`);
  });
  const before = await readWorkspaceCommit(repo, from);
  const after = await readWorkspaceCommit(repo, head);
  const differing = await git.run(['diff', '--name-only', '--no-renames', '-z', from, head]);
  const changedPaths = differing.split('\0').filter((path) => path !== '');
  return {
    base: target,
    head,
    candidates: changedCandidates({ before: before.workspace, after: after.workspace, changedPaths }),
    plan: planChange(before.workspace, after.workspace),
    findings: after.findings.filter((finding) => finding.severity === 'error'),
    uncommitted: await git.changedFiles(),
  };
}
