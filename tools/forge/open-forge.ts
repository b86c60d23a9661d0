import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignalboxError } from '@signalbox/contracts';
import type { Forge } from './forge.js';
import type { GitRepository } from './git.js';
import { openGithubForge } from './github/open-github-forge.js';
import { LocalForge } from './local-forge.js';

/**
 * The forge that a repository pushes to: what its remote `origin` names. A folder is a local forge, an address on the GitHub that the
 * environment names is one there; this is the one place where an address chooses an implementation. It is as fresh as after a `sync`, where GitHub can
 * be reached.
 */
export async function openForge(
  git: GitRepository,
  now: () => number = Date.now,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<Forge> {
  const url = await git.remoteUrl();
  if (url === null) {
    throw new SignalboxError('input/unknown-reference', `the repository ${git.folder} has no remote "origin"`, {
      hint: 'Make a local forge: git init --bare ../forge.git && git remote add origin ../forge.git && git push origin main',
    });
  }
  const folder = folderOf(url, git.folder);
  if (folder !== null) return openLocalForge(folder, now);
  const forge = await openGithubForge(git, url, env);
  if (forge !== null) return forge;
  throw new SignalboxError('input/bad-argument', `the forge ${url} is neither a folder nor a repository on GitHub`, {
    hint: 'For GitHub Enterprise set GITHUB_SERVER_URL and GITHUB_API_URL (docs/github.md); a bare repository works as a local forge.',
  });
}

/** Errors: `forge/unavailable` when the folder is gone, as after an unmount: in the middle of an incident, too. */
async function openLocalForge(folder: string, now: () => number): Promise<Forge> {
  if ((await stat(folder).catch(() => null))?.isDirectory()) return LocalForge.open(folder, now);
  throw new SignalboxError('forge/unavailable', `the forge ${folder} is not there`, {
    hint: 'Bring the folder back (a mount, a backup, or a bare clone of a clone that is up to date), or name where it is now: git remote set-url origin <folder>. To go back without it: `signalbox emergency` (docs/rollback.md).',
    retryable: true,
  });
}

function folderOf(url: string, base: string): string | null {
  if (url.startsWith('file://')) return fileURLToPath(url);
  const isRemote = /^[a-z+]+:\/\//i.test(url) || /^[^/]+@[^/]+:/.test(url);
  return isRemote ? null : resolve(base, url);
}
