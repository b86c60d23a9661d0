import { existsSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { isSignalboxError, SignalboxError, type Workspace } from '@signalbox/contracts';
import { withDuckDb } from '../duckdb/index.js';
import { visible } from '../handover/index.js';
import { resolveDataFiles } from '../ingest/index.js';

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

/** Data that the main branch names and that Git does not have is where the main branch is checked out: those files, and none beside them. */
export async function linkMainData(folder: string, repo: string, main: Workspace): Promise<void> {
  for (const file of await mainDataFiles(repo, main)) {
    const here = resolve(folder, relative(repo, file));
    if (existsSync(here)) continue;
    await mkdir(dirname(here), { recursive: true });
    await symlink(file, here);
  }
}

async function mainDataFiles(repo: string, main: Workspace): Promise<ReadonlySet<string>> {
  const paths = [...main.sources.values()].map(({ data }) => data.path).filter(isOwnFile);
  const files = new Set<string>();
  await withDuckDb({}, async (database) => {
    for (const path of new Set(paths)) {
      for (const file of await resolveDataFiles(database, resolve(repo), path).catch(none)) files.add(file);
    }
  });
  return files;
}

const isOwnFile = (path: string): boolean => !isAbsolute(path) && !path.includes(':');

/** What is not here is told where it is read. */
function none(error: unknown): readonly string[] {
  if (isSignalboxError(error) && error.code === 'input/bad-data') return [];
  throw error;
}
