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

/** Every Git knows it without having it. */
export const EMPTY_TREE = '4b825dc642cb6eb9a060e54bf8d69288fbee4904';

/**
 * What GitHub and we merge by, whatever the settings of this machine say: renames are followed, and where a whole folder was renamed a person decides. So
 * what is planned on one machine is what is merged on another. No attribute of a commit decides anything, which could join what conflicts: neither those of
 * what is checked out, nor those of HEAD, which Git 2.43 to 2.45 reads in a bare repository. Those of the repository's own `info/attributes` do: Git has no
 * way to leave them out, and only whose repository it is can write them.
 */
const SETTINGS = [
  ...['merge.renames=true', 'merge.directoryRenames=conflict', 'merge.renormalize=false'],
  ...['merge.default=text', 'core.attributesFile=/dev/null', `attr.tree=${EMPTY_TREE}`],
];
const NO_ATTRIBUTES = { GIT_ATTR_NOSYSTEM: '1' };

/**
 * The tree that merging makes, from all merge bases and with renames followed, as `git merge` has it. No difference between two commits says the same: which
 * of several merge bases Git names first is up to whoever made them, and a file that was renamed on one side is changed there by a change on the other.
 * Errors: `git/conflict` naming the files, `input/bad-argument` without a common history.
 */
export async function mergedTree(repository: string, { base, baseCommit, headCommit }: Merging): Promise<string> {
  const settings = SETTINGS.flatMap((one) => ['-c', one]);
  const args = ['merge-tree', '--write-tree', '--name-only', '--no-messages', '-z', baseCommit, headCommit];
  // Within it, and not beside a work tree, Git takes a repository for a bare one.
  const gitFolder = await runPlumbingLine(repository, ['rev-parse', '--absolute-git-dir']);
  const merged = runPlumbing(gitFolder, ['--bare', ...settings, ...args], { answers: [0, 1], env: NO_ATTRIBUTES });
  const { stdout, status } = await merged.catch(async (error: unknown) => {
    if (!isSignalboxError(error) || !UNRELATED.test(error.message)) throw error;
    throw noCommonHistory([baseCommit, headCommit], await isShallow(repository));
  });
  const [tree = '', ...conflicts] = stdout.toString('utf8').split('\0');
  if (status === 0) return tree.trim();
  throw new MergeConflict(
    base,
    conflicts.filter((path) => path !== ''),
  );
}

const UNRELATED = /unrelated histories/;

const isShallow = async (repository: string): Promise<boolean> =>
  (await runPlumbingLine(repository, ['rev-parse', '--is-shallow-repository'])) === 'true';

function noCommonHistory([base, head]: readonly [string, string], shallow: boolean): SignalboxError {
  const which = `${head.slice(0, 12)} and ${base.slice(0, 12)} have no common history`;
  return new SignalboxError(
    'input/bad-argument',
    shallow ? `${which} in this clone, which lacks older commits` : `${which}, so nothing can be merged`,
    shallow
      ? {
          hint: 'Fetch the rest and run the command again: git fetch --unshallow (for actions/checkout: fetch-depth: 0).',
        }
      : {},
  );
}

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
