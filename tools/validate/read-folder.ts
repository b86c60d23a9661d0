import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DOCUMENT_FOLDERS, SignalboxError } from '@signalbox/contracts';

/** Folders that never hold documents, and may be huge. */
const SKIPPED = new Set(['node_modules', 'dist', '__pycache__', 'venv']);

/**
 * The YAML files under `features/`, `models/` and `releases/` of a work tree, by path from its root, with `/`. Bytes that are not
 * UTF-8 become U+FFFD, which `parseWorkspace` reports. Throws `input/not-a-repository` when none of the folders is there.
 */
export async function readWorkspaceFolder(root: string): Promise<Map<string, string>> {
  const folders = await Promise.all(DOCUMENT_FOLDERS.map((folder) => isFolder(join(root, folder))));
  if (!folders.includes(true)) {
    throw new SignalboxError(
      'input/not-a-repository',
      `expected a Signalbox repository with the folders ${DOCUMENT_FOLDERS.join(', ')}; ${root} has none of them`,
      { hint: 'Go to the root of the repository, name it with --repo, or make one with `signalbox init`.' },
    );
  }
  const paths = await Promise.all(
    DOCUMENT_FOLDERS.filter((_, at) => folders[at]).map((folder) => listYaml(root, folder)),
  );
  const texts = await Promise.all(
    paths
      .flat()
      .sort()
      .map(async (path) => [path, await readFile(join(root, path), 'utf8')] as const),
  );
  return new Map(texts);
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => null))?.isDirectory() ?? false;
}

async function listYaml(root: string, folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { withFileTypes: true });
  const found = entries.map(async (entry) => {
    const path = `${folder}/${entry.name}`;
    // A linked folder is not followed: it could lead outside, or round in a circle.
    if (entry.isDirectory()) return entry.name.startsWith('.') || SKIPPED.has(entry.name) ? [] : listYaml(root, path);
    return /\.ya?ml$/i.test(entry.name) && !(await isFolder(join(root, path))) ? [path] : [];
  });
  return (await Promise.all(found)).flat();
}
