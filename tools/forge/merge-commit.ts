import { SignalboxError } from '@signalbox/contracts';
import { commitTree } from './commit-files.js';
import type { Identity } from './identity.js';
import { runPlumbing, runPlumbingLine } from './plumbing.js';

export interface MergeRequest {
  readonly base: string;
  readonly baseCommit: string;
  readonly headCommit: string;
  readonly message: string;
  readonly author: Identity;
}

/** What follows the first line of a merge of ours. It ends in a trailer of its own, so that no title of a pull request is ever read as one. */
export function mergeWords({ number, title }: { readonly number: number; readonly title: string }): string {
  return `${title}\n\nPull-request: #${number}`;
}

/**
 * Merges in a bare repository: `merge-tree` computes the merged tree without a work tree, `commit-tree` makes the two-parent commit, and
 * `update-ref` moves the branch only if it is still where it was. Nothing is visible before the last step.
 * Errors: `git/conflict` naming the files, `store/conflict` when the branch moved.
 */
export async function mergeCommit(repository: string, merge: MergeRequest): Promise<string> {
  const tree = await mergedTree(repository, merge);
  const commit = await commitTree(repository, {
    tree,
    parents: [merge.baseCommit, merge.headCommit],
    message: merge.message,
    author: merge.author,
  });
  await moveBranch(repository, merge.base, { from: merge.baseCommit, to: commit });
  return commit;
}

async function mergedTree(repository: string, { base, baseCommit, headCommit }: MergeRequest): Promise<string> {
  const args = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', baseCommit, headCommit];
  const { stdout, status } = await runPlumbing(repository, args, { answers: [0, 1] });
  const [tree = '', ...conflicts] = stdout.toString('utf8').split('\0');
  if (status === 0) return tree.trim();
  const files = conflicts.filter((path) => path !== '');
  throw new SignalboxError('git/conflict', `merging into ${base} conflicts in ${files.join(', ')}`, {
    hint: `Bring the branch up to date (git merge origin/${base}), solve the conflict, push, and merge again.`,
  });
}

/** Compare and swap on a branch. */
export async function moveBranch(
  repository: string,
  branch: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  const reference = `refs/heads/${branch}`;
  try {
    await runPlumbingLine(repository, ['update-ref', reference, to, from]);
  } catch (error) {
    const now = await runPlumbing(repository, ['rev-parse', '--verify', '--quiet', reference], { answers: [0, 1] });
    if (now.stdout.toString('utf8').trim() === from) throw error;
    throw new SignalboxError('store/conflict', `${branch} moved while it was being merged into`, {
      hint: 'Run the command again.',
      retryable: true,
      cause: error,
    });
  }
}

/** Whether `commit` is in the history of `head` (or is it); a commit that the repository does not have is not. */
export async function isAncestor(repository: string, commit: string, head: string): Promise<boolean> {
  if (commit === head) return true;
  const args = ['merge-base', '--is-ancestor', commit, head];
  return (await runPlumbing(repository, args, { answers: [0, 1, 128] })).status === 0;
}
