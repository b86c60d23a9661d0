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

/** Written aside and renamed, so that a folder of this name is always whole. */
async function checkOut(repository: string, { commit, folder }: { commit: string; folder: string }): Promise<string> {
  await mkdir(folder, { recursive: true });
  await removeOld(folder);
  const target = join(folder, commit);
  const aside = await mkdtemp(join(folder, 'new-'));
  const env = { GIT_INDEX_FILE: `${aside}.index` };
  await runPlumbing(repository, ['read-tree', commit], { env });
  await runPlumbing(repository, ['--work-tree', aside, 'checkout-index', '--all', `--prefix=${aside}/`], { env });
  await rm(env.GIT_INDEX_FILE);
  await rm(target, { recursive: true, force: true });
  await rename(aside, target);
  return target;
}

async function removeOld(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > KEPT_MS) await rm(path, { recursive: true, force: true });
  }
}
