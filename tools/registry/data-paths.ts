import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { SignalboxError, type Workspace } from '@signalbox/contracts';
import { visible } from '../handover/index.js';

/**
 * A judged commit may read its own files, packages of npm, and what the main branch reads already: a source of its own that names another file of this machine, or
 * an address, would bring that into datasets and reports. Throws `handover/refused`.
 */
export function assertOwnData(candidate: Workspace, main: Workspace): void {
  const known = new Set([...main.sources.values()].map(({ data }) => data.path));
  for (const [name, { data }] of candidate.sources) {
    if (known.has(data.path) || isOwn(data.path)) continue;
    throw new SignalboxError(
      'handover/refused',
      `the source ${name} reads ${visible(data.path)}, which is neither in the commit nor read by the main branch`,
      { hint: 'Bring the source to the main branch first, by itself, or put its data into the repository.' },
    );
  }
}

function isOwn(path: string): boolean {
  const file = path.startsWith('npm:') ? path.slice('npm:'.length) : path;
  return !isAbsolute(file) && !file.includes(':') && !file.split(/[/\\]/).includes('..');
}

/** Data that the main branch names and that Git does not have is where the main branch is checked out. */
export async function linkMainData(folder: string, repo: string, main: Workspace): Promise<void> {
  for (const { data } of main.sources.values()) {
    if (isAbsolute(data.path) || data.path.includes(':')) continue;
    // A pattern is linked up to the folder that it looks in.
    const plain = /[*?[]/.test(data.path) ? dirname(data.path.slice(0, data.path.search(/[*?[]/) + 1)) : data.path;
    const [here, there] = [resolve(folder, plain), resolve(repo, plain)];
    if (existsSync(here) || !existsSync(there)) continue;
    await mkdir(dirname(here), { recursive: true });
    await symlink(there, here);
  }
}
