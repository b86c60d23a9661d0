import { mkdir, mkdtemp, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runPlumbing } from '../../forge/index.js';

/** A folder of a commit that nobody made anew for so long is of an earlier time of the branch, and no program runs in it. */
const KEPT_MS = 24 * 3_600_000;

/**
 * Folders with the files of a commit of the main branch, for the programs that metrics name, one for each commit. A program may write beside itself, so nothing else reads from
 * them. Errors: `git/failed` for a commit that is not there.
 */
export function checkouts(repository: string, folder: string): (commit: string) => Promise<string> {
  const made = new Map<string, Promise<string>>();
  return (commit) => {
    const known = made.get(commit);
    if (known !== undefined) return known;
    const making = checkOut(repository, { commit, folder });
    making.catch(() => made.delete(commit));
    made.set(commit, making);
    return making;
  };
}

/** Written aside and renamed, so that a folder of this name is always whole; several environments and processes may ask for it at once. */
async function checkOut(repository: string, { commit, folder }: { commit: string; folder: string }): Promise<string> {
  const target = join(folder, commit);
  await mkdir(folder, { recursive: true });
  const found = await readdir(folder);
  await Promise.all(found.filter((name) => name !== commit).map((name) => removeIfOld(join(folder, name))));
  if (found.includes(commit)) return target;
  const aside = await mkdtemp(join(folder, 'new-'));
  const env = { GIT_INDEX_FILE: `${aside}.index` };
  await runPlumbing(repository, ['read-tree', commit], { env });
  await runPlumbing(repository, ['--work-tree', aside, 'checkout-index', '--all', `--prefix=${aside}/`], { env });
  await rm(env.GIT_INDEX_FILE);
  try {
    await rename(aside, target);
  } catch (error) {
    // Somebody else made it meanwhile, as whole as ours.
    if (!(await readdir(folder)).includes(commit)) throw error;
    await rm(aside, { recursive: true });
  }
  return target;
}

async function removeIfOld(path: string): Promise<void> {
  const found = await stat(path).catch(() => null);
  if (found !== null && Date.now() - found.mtimeMs > KEPT_MS) await rm(path, { recursive: true, force: true });
}
