import { SignalboxError } from '@signalbox/contracts';
import { runPlumbing } from './plumbing.js';

/** A document is small; anything larger under a document's path is a mistake (or an attack on our memory). */
const MAX_FILE_BYTES = 1024 * 1024;

/**
 * The text of every file under some folders at a commit whose path `wanted` accepts: one `git ls-tree` and one `git cat-file --batch`,
 * whatever the number of files. Symbolic links and submodules are not followed, so nothing outside the commit is ever read.
 */
export async function readFilesAtCommit(
  repository: string,
  commit: string,
  { folders, wanted }: { readonly folders: readonly string[]; readonly wanted: (path: string) => boolean },
): Promise<ReadonlyMap<string, string>> {
  const tree = await runPlumbing(repository, ['ls-tree', '-r', '-z', '--full-tree', '-l', commit, '--', ...folders]);
  const entries = parseTree(tree.stdout.toString('utf8')).filter((entry) => wanted(entry.path));
  for (const { path, sizeBytes } of entries) assertSmall(path, sizeBytes);
  const texts = await readBlobs(
    repository,
    entries.map((entry) => entry.blob),
  );
  return new Map(entries.flatMap(({ path }, i) => (texts[i] == null ? [] : [[path, texts[i]] as const])));
}

/** One file at a commit, or null. */
export async function readFileAtCommit(repository: string, commit: string, path: string): Promise<string | null> {
  const files = await readFilesAtCommit(repository, commit, { folders: [path], wanted: (found) => found === path });
  return files.get(path) ?? null;
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
 * Blobs by any name that Git knows them by, such as an id or `<commit>:<path>`, in one process; null where there is none. `cat-file
 * --batch` answers `<id> blob <bytes>`, a line break, the content, a line break for each, or `<name> missing`.
 */
export async function readBlobs(repository: string, names: readonly string[]): Promise<(string | null)[]> {
  if (names.length === 0) return [];
  const { stdout } = await runPlumbing(repository, ['cat-file', '--batch'], { input: `${names.join('\n')}\n` });
  const texts: (string | null)[] = [];
  let at = 0;
  for (const name of names) {
    const end = stdout.indexOf(0x0a, at);
    const line = stdout.subarray(at, Math.max(at, end)).toString('utf8');
    const sizeBytes = Number(/ blob ([0-9]+)$/.exec(line)?.[1] ?? Number.NaN);
    if (line.endsWith(' missing')) {
      texts.push(null);
      at = end + 1;
    } else if (Number.isInteger(sizeBytes)) {
      texts.push(stdout.subarray(end + 1, end + 1 + sizeBytes).toString('utf8'));
      at = end + 1 + sizeBytes + 1;
    } else {
      throw new SignalboxError('git/failed', `git cat-file did not give the blob ${name}, but "${line}"`, {
        hint: 'Check the repository with `git fsck`.',
      });
    }
  }
  return texts;
}

function assertSmall(path: string, sizeBytes: number): void {
  if (sizeBytes <= MAX_FILE_BYTES) return;
  throw new SignalboxError('input/invalid-documents', `${path} has ${sizeBytes} bytes; a document has at most 1 MiB`, {
    hint: 'Keep data out of Git: documents name it by digest.',
  });
}
