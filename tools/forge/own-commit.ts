import { treeWith } from './commit-files.js';
import { isAncestor } from './merge-commit.js';
import { runPlumbing, runPlumbingLine } from './plumbing.js';

/** All of a commit but when it was made. */
export interface CommitFacts {
  readonly commit: string;
  readonly tree: string;
  readonly parents: readonly string[];
  /** Without the line breaks at its end. */
  readonly message: string;
  /** Names. */
  readonly author: string;
  readonly committer: string;
}

export async function readCommitFacts(repository: string, commit: string): Promise<CommitFacts> {
  const format = '--format=%T%x00%P%x00%an%x00%cn%x00%B';
  const { stdout } = await runPlumbing(repository, [
    'log',
    '--max-count=1',
    '--no-show-signature',
    format,
    commit,
    '--',
  ]);
  const [tree = '', parents = '', author = '', committer = '', ...message] = stdout.toString('utf8').split('\0');
  return {
    commit,
    tree,
    parents: parents.split(' ').filter((parent) => parent !== ''),
    message: message.join('\0').trimEnd(),
    author,
    committer,
  };
}

/** Whether a message is just this one: whatever else stands in one may be a trailer that decides something. */
export const saysJust = (said: string, meant: string): boolean => said === meant.trimEnd();

/**
 * What a commit alone stands on: its one parent, where that is in the history of `main` and has these files as `main` has them. Null otherwise. What
 * lies beneath a tip, or beside it as a second parent, would be merged with it, and on top of other files its merge would be another change, or none.
 */
export async function groundOf(
  repository: string,
  { parents }: Pick<CommitFacts, 'parents'>,
  { main, paths }: { readonly main: string; readonly paths: readonly string[] },
): Promise<string | null> {
  const [parent, ...others] = parents;
  if (parent === undefined || others.length > 0) return null;
  if (parent === main) return parent;
  if (!(await isAncestor(repository, parent, main))) return null;
  const changed = await changedPaths(repository, parent, main);
  return paths.some((path) => changed.includes(path)) ? null : parent;
}

/** Whether a commit is what `commitFiles` makes of these files on this parent, modes included, and is no empty one unless that may be: then its message is all. */
export async function bringsJust(
  repository: string,
  { tree }: Pick<CommitFacts, 'tree'>,
  {
    files,
    mayBeEmpty = false,
    parent,
  }: { readonly files: ReadonlyMap<string, string | null>; readonly parent: string; readonly mayBeEmpty?: boolean },
): Promise<boolean> {
  const [before, meant] = await Promise.all([
    runPlumbingLine(repository, ['rev-parse', `${parent}^{tree}`]),
    treeWith(repository, parent, files),
  ]);
  return tree === meant && (mayBeEmpty || tree !== before);
}

/** Paths that differ between two commits, by name. */
export async function changedPaths(repository: string, from: string, to: string): Promise<readonly string[]> {
  const { stdout } = await runPlumbing(repository, ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, to]);
  return stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
}
