import { MAX_DOCUMENT_CHARACTERS, MAX_DOCUMENTS_BYTES, SignalboxError } from '@signalbox/contracts';
import type { GitObject } from './object-parser.js';
import { MAX_OBJECT_BYTES, readObjects } from './object-reader.js';
import { runPlumbing } from './plumbing.js';

/** Stands for a text that was not read. Whoever parses it finds that it is too large: it is an error of that file, and of no other. */
export const NOT_READ = '#'.repeat(MAX_DOCUMENT_CHARACTERS + 1);

/**
 * The text of every file under some folders at a commit whose path `wanted` accepts: one `git ls-tree` and one question,
 * whatever the number of files. Symbolic links and submodules are not followed, so nothing outside the commit is ever read. `NOT_READ` where a file is too
 * large, or all together are: then the largest are left out, since those that say what runs are small.
 */
export async function readFilesAtCommit(
  repository: string,
  commit: string,
  { folders, wanted }: { readonly folders: readonly string[]; readonly wanted: (path: string) => boolean },
): Promise<ReadonlyMap<string, string>> {
  const tree = await runPlumbing(repository, ['ls-tree', '-r', '-z', '--full-tree', '-l', commit, '--', ...folders]);
  const entries = parseTree(tree.stdout.toString('utf8')).filter((entry) => wanted(entry.path));
  const read = thatFit(entries);
  const blobs = await readBlobs(
    repository,
    read.map((entry) => entry.blob),
  );
  const texts = new Map(read.map(({ path }, i) => [path, blobs[i]!] as const));
  return new Map(entries.map(({ path }) => [path, texts.get(path) ?? NOT_READ] as const));
}

/** The smallest files, as many as may be held at once. */
export function thatFit<T extends Pick<TreeEntry, 'sizeBytes'>>(
  entries: readonly T[],
  maxBytes = MAX_DOCUMENTS_BYTES,
): readonly T[] {
  let leftBytes = maxBytes;
  const smallestFirst = [...entries].sort((a, b) => a.sizeBytes - b.sizeBytes);
  return smallestFirst.filter(({ sizeBytes }) => {
    leftBytes -= sizeBytes;
    return sizeBytes <= MAX_OBJECT_BYTES && leftBytes >= 0;
  });
}

/** One file at a commit, or null; of a symbolic link what it says, and never what it leads to. Errors: `git/failed` where there is no such commit. */
export async function readFileAtCommit(repository: string, commit: string, path: string): Promise<string | null> {
  const [tree = null, file = null] = await readObjects(repository, [`${commit}^{tree}`, `${commit}:${path}`]);
  if (tree !== null) return textOf(file);
  throw new SignalboxError('git/failed', `${repository} has no commit ${commit}`, {
    hint: 'Fetch it, or check the repository with `git fsck`.',
  });
}

interface TreeEntry {
  readonly path: string;
  readonly blob: string;
  readonly sizeBytes: number;
}

function parseTree(listing: string): TreeEntry[] {
  const entries: TreeEntry[] = [];
  for (const line of listing.split('\0')) {
    const match = /^100(?:644|755) blob (?<blob>[0-9a-f]+) +(?<size>[0-9]+)\t(?<path>[\s\S]+)$/.exec(line);
    if (match?.groups) {
      entries.push({ path: match.groups.path!, blob: match.groups.blob!, sizeBytes: Number(match.groups.size) });
    }
  }
  return entries;
}

/**
 * Blobs by any name that Git knows them by, such as an id or `<commit>:<path>`; null where there is none, as where a path is a folder.
 * `NOT_READ` for one that is larger than any document.
 */
export async function readBlobs(repository: string, names: readonly string[]): Promise<readonly (string | null)[]> {
  return (await readObjects(repository, names)).map(textOf);
}

const textOf = (object: GitObject | null): string | null =>
  object?.type === 'blob' ? (object.text ?? NOT_READ) : null;
