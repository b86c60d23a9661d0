import { treeWith } from './commit-files.js';
import { readObjects } from './object-reader.js';
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

/** Those of the names that are commits, and no larger than any of ours. */
export async function readCommits(repository: string, commits: readonly string[]): Promise<readonly CommitFacts[]> {
  const objects = await readObjects(repository, commits);
  return objects.flatMap((one) => (one?.type === 'commit' && one.text !== null ? [factsOf(one.id, one.text)] : []));
}

/** As Git keeps a commit: lines of what it is, an empty one, and its message. */
function factsOf(commit: string, text: string): CommitFacts {
  const end = text.indexOf('\n\n');
  const lines = (end === -1 ? text : text.slice(0, end)).split('\n');
  const valuesOf = (key: string) =>
    lines.filter((line) => line.startsWith(`${key} `)).map((line) => line.slice(key.length + 1));
  const nameOf = (key: string) => /^(.*) <[^<>]*> \S+ \S+$/.exec(valuesOf(key)[0] ?? '')?.[1] ?? '';
  return {
    commit,
    tree: valuesOf('tree')[0] ?? '',
    parents: valuesOf('parent'),
    message: end === -1 ? '' : text.slice(end + 2).trimEnd(),
    author: nameOf('author'),
    committer: nameOf('committer'),
  };
}

/** Whether a message is just this one: whatever else stands in one may be a trailer that decides something. */
export const saysJust = (said: string, meant: string): boolean => said === meant.trimEnd();

/**
 * What a commit alone stands on: its one parent, where that is a commit of the main branch since it last changed any of these paths. Null otherwise. What lies
 * between them, or beside the commit as a second parent, would be merged with it; on top of other files its merge would be another change, or none; and who
 * agreed before the main branch changed them and changed them back, agreed to something else.
 */
export async function groundOf(
  repository: string,
  { parents }: Pick<CommitFacts, 'parents'>,
  since: { readonly main: string; readonly paths: readonly string[] },
): Promise<string | null> {
  const [parent, ...others] = parents;
  if (parent === undefined || others.length > 0) return null;
  return parent === since.main || (await tipsSince(repository, since)).has(parent) ? parent : null;
}

/**
 * The commits of the main branch since it last changed any of these paths: those that have all its changes of them. Which parent of a merge came first is no
 * matter: `git pull` of one's own main has the tips of the other one beside it. By three processes, and two more for each change beside the last.
 */
export async function tipsSince(
  repository: string,
  { main, paths }: { readonly main: string; readonly paths: readonly string[] },
): Promise<ReadonlySet<string>> {
  const list = async (...args: readonly string[]) => {
    const found = await runPlumbingLine(repository, ['rev-list', ...args]);
    return found === '' ? [] : found.split('\n');
  };
  // The first is what made the files as they are, and may be a merge; then whatever it does not have, undone or not.
  const changes = await list('--max-count=1', main, '--', ...paths);
  for (let found = -1; found !== changes.length; ) {
    found = changes.length;
    const others = [main, ...changes.map((one) => `^${one}`)];
    changes.push(...(await list('--max-count=1', '--full-history', '--no-merges', ...others, '--', ...paths)));
  }
  if (changes.length === 0) return new Set(await list(main, '--'));
  const since = changes.map(async (one) => new Set([one, ...(await list('--ancestry-path', main, `^${one}`, '--'))]));
  const [first, ...rest] = await Promise.all(since);
  return new Set([...first!].filter((commit) => rest.every((has) => has.has(commit))));
}

/** Whether a commit is what `commitFiles` makes of these files on this parent, modes included, and is no empty one. */
export async function bringsJust(
  repository: string,
  { tree }: Pick<CommitFacts, 'tree'>,
  { files, parent }: { readonly files: ReadonlyMap<string, string | null>; readonly parent: string },
): Promise<boolean> {
  const [before, meant] = await Promise.all([
    runPlumbingLine(repository, ['rev-parse', `${parent}^{tree}`]),
    treeWith(repository, parent, files),
  ]);
  return tree === meant && tree !== before;
}

/** Paths that differ between two commits, by name. */
export async function changedPaths(repository: string, from: string, to: string): Promise<readonly string[]> {
  const { stdout } = await runPlumbing(repository, ['diff-tree', '-r', '-z', '--name-only', '--no-renames', from, to]);
  return stdout
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '');
}

/**
 * What each of these commits makes of the paths that it changes against its one parent, in one process: the mode and the blob that a path has then. Two of
 * them are the same change where the main branch has these paths alike beneath both.
 */
export async function changesOf(
  repository: string,
  commits: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const changes = new Map(commits.map((commit) => [commit, new Map<string, string>()] as const));
  const args = ['diff-tree', '--stdin', '-r', '-z', '--raw', '--no-abbrev', '--no-renames'];
  const { stdout } = await runPlumbing(repository, args, { input: commits.map((commit) => `${commit}\n`).join('') });
  const parts = stdout.toString('utf8').split('\0');
  let of: Map<string, string> | undefined;
  for (let at = 0; at < parts.length; at += 1) {
    const [, mode, , blob] = /^:[0-7]+ ([0-7]+) ([0-9a-f]+) ([0-9a-f]+) [A-Z]$/.exec(parts[at]!) ?? [];
    if (mode === undefined) of = changes.get(parts[at]!);
    else {
      at += 1;
      of?.set(parts[at]!, `${mode} ${blob}`);
    }
  }
  return changes;
}
