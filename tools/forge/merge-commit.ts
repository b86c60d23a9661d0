import { isSignalboxError, SignalboxError } from '@signalbox/contracts';
import { BOT } from './bot.js';
import { commitTree } from './commit-files.js';
import type { Identity } from './identity.js';
import { runPlumbing, runPlumbingLine } from './plumbing.js';

export interface Merging {
  /** The name of the branch that is merged into. */
  readonly base: string;
  readonly baseCommit: string;
  readonly headCommit: string;
}

export interface MergeRequest extends Merging {
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

/** What merging would make, as a commit that no reference names. Errors: as those of `mergedTree`. */
export async function mergeAside(repository: string, merging: Merging): Promise<string> {
  const tree = await mergedTree(repository, merging);
  const { baseCommit, headCommit } = merging;
  return commitTree(repository, {
    tree,
    parents: [baseCommit, headCommit],
    message: 'What merging makes',
    author: BOT,
  });
}

/**
 * What GitHub and we merge by, whatever the settings of this machine say: renames are followed, and where a whole folder was renamed a person decides. So
 * what is planned on one machine is what is merged on another.
 */
const SETTINGS = ['merge.renames=true', 'merge.directoryRenames=conflict', 'merge.renormalize=false'];

/**
 * The tree that merging makes, from all merge bases and with renames followed, as `git merge` has it. No difference between two commits says the same: which
 * of several merge bases Git names first is up to whoever made them, and a file that was renamed on one side is changed there by a change on the other.
 * Errors: `git/conflict` naming the files, `input/bad-argument` without a common history.
 */
export async function mergedTree(repository: string, { base, baseCommit, headCommit }: Merging): Promise<string> {
  const settings = SETTINGS.flatMap((one) => ['-c', one]);
  const args = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', baseCommit, headCommit];
  const merged = runPlumbing(repository, [...settings, ...args], { answers: [0, 1] });
  const { stdout, status } = await merged.catch((error: unknown) => {
    throw isSignalboxError(error) && UNRELATED.test(error.message) ? noCommonHistory(baseCommit, headCommit) : error;
  });
  const [tree = '', ...conflicts] = stdout.toString('utf8').split('\0');
  if (status === 0) return tree.trim();
  throw new MergeConflict(
    base,
    conflicts.filter((path) => path !== ''),
  );
}

const UNRELATED = /unrelated histories/;

const noCommonHistory = (base: string, head: string): SignalboxError =>
  new SignalboxError(
    'input/bad-argument',
    `${head.slice(0, 12)} and ${base.slice(0, 12)} have no common history, so nothing can be merged`,
  );

/** How many files the message names before it counts the rest. */
const NAMED_FILES = 10;

/** Both sides changed the same place: `git/conflict`. */
export class MergeConflict extends SignalboxError {
  readonly paths: readonly string[];

  constructor(base: string, paths: readonly string[]) {
    const more = paths.length > NAMED_FILES ? ` and ${paths.length - NAMED_FILES} more` : '';
    super('git/conflict', `merging into ${base} conflicts in ${paths.slice(0, NAMED_FILES).join(', ')}${more}`, {
      hint: `Bring the branch up to date (git merge origin/${base}), solve the conflict, push, and run the command again.`,
    });
    this.paths = paths;
  }
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
