import { SignalboxError } from '@signalbox/contracts';
import { readObjects } from './object-reader.js';
import { runPlumbing, runPlumbingLine } from './plumbing.js';

/** The tip of a branch, or null. */
export async function branchTip(repository: string, branch: string): Promise<string | null> {
  const [tip = null] = await readObjects(repository, [`refs/heads/${branch}`]);
  return tip?.id ?? null;
}

/** A new branch at a commit. Errors: `git/conflict` when it exists, whoever made it. */
export async function createBranch(repository: string, branch: string, commit: string): Promise<void> {
  const reference = `refs/heads/${branch}`;
  try {
    await runPlumbing(repository, ['update-ref', reference, commit, '0'.repeat(40)]);
  } catch (error) {
    if ((await branchTip(repository, branch)) === null) throw error;
    throw new SignalboxError('git/conflict', `the branch ${branch} exists already`, { retryable: true, cause: error });
  }
}

/** The same name without folders. No name of ours has a dot, so no two become one. */
export const flatBranch = (branch: string): string => branch.replaceAll('/', '.');

/** The tips of all branches that can stand in the way of this one, of those beside it and of the same without folders, by name. */
export async function branchesNear(repository: string, branch: string): Promise<ReadonlyMap<string, string>> {
  const [folder = branch] = branch.split('/');
  const near = [folder, `${folder}.*`, `${folder}.*/**`].map((name) => `refs/heads/${name}`);
  const said = await runPlumbingLine(repository, [
    'for-each-ref',
    '--format=%(objectname) %(refname:lstrip=2)',
    ...near,
  ]);
  const lines = said.split('\n').filter((line) => line !== '');
  return new Map(lines.map((line) => [line.slice(41), line.slice(0, 40)]));
}

/**
 * Whether Git can make a branch of this name among these: it keeps none beneath the name of another. Anybody who may push can so take a name without
 * using it, and a branch that is called like a folder takes all the names in it.
 */
export function isFreeName(branch: string, taken: Iterable<string>): boolean {
  for (const one of taken)
    if (one === branch || one.startsWith(`${branch}/`) || branch.startsWith(`${one}/`)) return false;
  return true;
}

/** The first of `name`, `name-2` and so on that Git can make; without folders where one of these is a branch. */
export function freeName(name: string, taken: ReadonlyMap<string, string>): string {
  const names = [...taken.keys()];
  const inFolder = names.some((one) => name.startsWith(`${one}/`)) ? flatBranch(name) : name;
  let free = inFolder;
  for (let n = 2; !isFreeName(free, names); n += 1) free = `${inFolder}-${n}`;
  return free;
}
