import { existsSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { quoteText, SignalboxError } from '@signalbox/contracts';
import type { DuckDb } from '../duckdb/index.js';

/**
 * The files that a source's `data.path` names, sorted: relative to the repository, absolute, with globs, or `npm:<package>/<file>`, which is looked
 * for in `node_modules` from the repository upwards, then beside this installation. Throws `input/bad-data` when there is none.
 */
export async function resolveDataFiles(database: DuckDb, repo: string, path: string): Promise<string[]> {
  if (path.startsWith('npm:')) return [resolvePackageFile(repo, path.slice('npm:'.length))];
  const absolute = isAbsolute(path) ? path : resolve(repo, path);
  if (!/[*?[]/.test(path)) {
    if (existsSync(absolute)) return [absolute];
    throw new SignalboxError('input/bad-data', `there is no file ${path}`, { hint: `Looked for ${absolute}.` });
  }
  const found = await database.rows<{ file: string }>(`SELECT file FROM glob(${quoteText(absolute)}) ORDER BY file`);
  if (found.length > 0) return found.map(({ file }) => file);
  throw new SignalboxError('input/bad-data', `no file matches ${path}`, { hint: `Looked for ${absolute}.` });
}

function resolvePackageFile(repo: string, file: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  for (const start of [resolve(repo), here]) {
    for (const folder of foldersUpFrom(start)) {
      const path = join(folder, 'node_modules', file);
      if (existsSync(path)) return path;
    }
  }
  const [name] = /^(@[^/]+\/)?[^/]+/.exec(file) ?? [file];
  throw new SignalboxError('input/bad-data', `there is no file npm:${file}`, {
    hint: `Run \`npm install ${name}\` in the repository, or check the file's name.`,
  });
}

function* foldersUpFrom(start: string): Iterable<string> {
  let folder = start;
  while (true) {
    yield folder;
    const parent = dirname(folder);
    if (parent === folder) return;
    folder = parent;
  }
}
