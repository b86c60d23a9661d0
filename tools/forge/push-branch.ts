import type { BranchSource } from './forge.js';
import { runPlumbing } from './plumbing.js';

/** Pushes a commit as a branch, never by force. Hooks of the folder are its owner's, for pushes of their own. Errors: as `asGitError` says. */
export async function pushBranch(
  branch: string,
  { commit, env = {}, folder }: BranchSource & { readonly env?: Readonly<Record<string, string>> },
  remote: string,
): Promise<void> {
  await runPlumbing(folder, ['push', '--quiet', '--no-verify', remote, `${commit}:refs/heads/${branch}`], { env });
}

/** What `git fetch origin <branch>` does for a clone: the commits, and `origin/<branch>` where they are. For a fetch from a forge's repository. */
export function trackingRefspec(branch: string): string {
  return `+refs/heads/${branch}:refs/remotes/origin/${branch}`;
}
