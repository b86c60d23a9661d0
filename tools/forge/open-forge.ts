import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SignalboxError } from '@signalbox/contracts';
import type { Forge } from './forge.js';
import type { GitRepository } from './git.js';
import { LocalForge } from './local-forge.js';

/**
 * The forge that a repository pushes to: what its remote `origin` names. A folder is a local forge; this is the one place where an
 * address chooses an implementation.
 */
export async function openForge(git: GitRepository, now: () => number = Date.now): Promise<Forge> {
  const url = await git.remoteUrl();
  if (url === null) {
    throw new SignalboxError('input/unknown-reference', `the repository ${git.folder} has no remote "origin"`, {
      hint: 'Make a local forge: git init --bare ../forge.git && git remote add origin ../forge.git && git push origin main',
    });
  }
  const folder = folderOf(url, git.folder);
  if (folder !== null) return LocalForge.open(folder, now);
  throw new SignalboxError('input/bad-argument', `the forge ${url} is not a folder`, {
    hint: 'This version works with a local bare repository as its forge; GitHub follows (see docs/ROADMAP.md).',
  });
}

function folderOf(url: string, base: string): string | null {
  if (url.startsWith('file://')) return fileURLToPath(url);
  const isRemote = /^[a-z+]+:\/\//i.test(url) || /^[^/]+@[^/]+:/.test(url);
  return isRemote ? null : resolve(base, url);
}
