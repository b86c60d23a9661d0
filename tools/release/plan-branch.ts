import { type Finding, SignalboxError } from '@signalbox/contracts';
import { GitRepository, readWorkspaceCommit } from '../forge/index.js';
import { type Plan, planChange } from './plan.js';

export interface BranchPlan {
  readonly base: string;
  readonly head: string;
  readonly plan: Plan;
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
  return {
    base: target,
    head,
    plan: planChange(before.workspace, after.workspace),
    findings: after.findings.filter((finding) => finding.severity === 'error'),
    uncommitted: await git.changedFiles(),
  };
}
