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
  return new Map(entries.map((entry, i) => [entry.path, texts[i]!]));
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

/** `cat-file --batch` answers `<id> blob <bytes>`, a line break, the content, a line break, for each id in order. */
async function readBlobs(repository: string, blobs: readonly string[]): Promise<string[]> {
  if (blobs.length === 0) return [];
  const { stdout } = await runPlumbing(repository, ['cat-file', '--batch'], { input: `${blobs.join('\n')}\n` });
  const texts: string[] = [];
  let at = 0;
  for (const blob of blobs) {
    const end = stdout.indexOf(0x0a, at);
    const sizeBytes = Number(stdout.subarray(at, end).toString('latin1').split(' ')[2]);
    if (end < 0 || !Number.isInteger(sizeBytes)) {
      throw new SignalboxError('git/failed', `git cat-file did not give the blob ${blob}`, {
        hint: 'Check the repository with `git fsck`.',
      });
    }
    texts.push(stdout.subarray(end + 1, end + 1 + sizeBytes).toString('utf8'));
    at = end + 1 + sizeBytes + 1;
  }
  return texts;
}

function assertSmall(path: string, sizeBytes: number): void {
  if (sizeBytes <= MAX_FILE_BYTES) return;
  throw new SignalboxError('input/invalid-documents', `${path} has ${sizeBytes} bytes; a document has at most 1 MiB`, {
    hint: 'Keep data out of Git: documents name it by digest.',
  });
}
