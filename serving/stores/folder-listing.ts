import { type Dirent, promises as fs } from 'node:fs';
import { join } from 'node:path';
import { storeUnavailable, systemCode } from './fs-errors.js';

/** Keys under `root` that start with `prefix`, in the order of their UTF-8 bytes, folder by folder so that memory stays small. */
export async function* listFolder(
  root: string,
  prefix: string,
): AsyncIterable<{ readonly key: string; readonly sizeBytes: number }> {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (folder.split('/').some((part) => part.startsWith('.'))) return;
  yield* walk({ root, prefix, folder });
}

/** The names directly under a prefix that is empty or ends in a slash; folders end in one. */
export async function namesInFolder(root: string, prefix: string): Promise<readonly string[]> {
  if (prefix.split('/').some((part) => part.startsWith('.'))) return [];
  const entries = await entriesInKeyOrder(join(root, prefix));
  return entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name));
}

async function* walk(at: {
  root: string;
  prefix: string;
  folder: string;
}): AsyncIterable<{ readonly key: string; readonly sizeBytes: number }> {
  for (const entry of await entriesInKeyOrder(join(at.root, at.folder))) {
    const key = at.folder + entry.name;
    if (entry.isDirectory()) {
      const inside = `${key}/`;
      if (inside.startsWith(at.prefix) || at.prefix.startsWith(inside)) yield* walk({ ...at, folder: inside });
    } else if (key.startsWith(at.prefix)) {
      const found = await fs.stat(join(at.root, key)).catch(() => null);
      if (found?.isFile()) yield { key, sizeBytes: found.size };
    }
  }
}

/** A folder `a` sorts as `a/`, which is how its keys compare with a file `a-b` beside it. Names with a leading dot are the store's own. */
async function entriesInKeyOrder(path: string): Promise<Dirent[]> {
  const entries = await fs.readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return [];
    throw storeUnavailable(error, `list ${path}`);
  });
  const bytes = (entry: Dirent) => Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name);
  return entries
    .filter((entry) => !entry.name.startsWith('.'))
    .map((entry) => ({ entry, order: bytes(entry) }))
    .sort((a, b) => Buffer.compare(a.order, b.order))
    .map(({ entry }) => entry);
}
