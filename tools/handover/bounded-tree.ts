import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { DOCUMENT_FOLDERS } from '@signalbox/contracts';
import { refused } from './refused.js';

/**
 * A tree of ten trees of ten trees … is a few kilobytes in Git and ten billion files on a disk. What no repository of models has, nobody checks out and nobody
 * reads the documents of.
 */
const MOST = { files: 200_000, bytes: 16 * 1024 ** 3, documentBytes: 64 * 1024 ** 2 };

/** Counts the files of a commit without holding them, and stops at the first too many. Throws `handover/refused`. */
export async function assertBoundedTree(repository: string, commit: string, most = MOST): Promise<void> {
  const child = spawn('git', ['-C', repository, 'ls-tree', '-r', '-l', '--full-tree', commit], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const seen = { files: 0, bytes: 0, documentBytes: 0 };
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      count(seen, line);
      const over = (Object.keys(most) as (keyof typeof MOST)[]).find((what) => seen[what] > most[what]);
      if (over !== undefined) throw tooLarge(commit, over, most[over]);
    }
  } finally {
    child.kill('SIGKILL');
  }
}

/** `100644 blob <id> <bytes>\t<path>`; a submodule has no size, and nothing is read of it. */
function count(seen: { files: number; bytes: number; documentBytes: number }, line: string): void {
  const match = /^\d+ \w+ [0-9a-f]+ +(\d+|-)\t"?(.*)$/.exec(line);
  const bytes = Number(match?.[1] ?? 0) || 0;
  seen.files += 1;
  seen.bytes += bytes;
  const path = match?.[2] ?? '';
  if (DOCUMENT_FOLDERS.some((folder) => path.startsWith(`${folder}/`)) && /\.ya?ml"?$/i.test(path))
    seen.documentBytes += bytes;
}

const WHAT = { files: 'files', bytes: 'bytes', documentBytes: 'bytes of documents' } as const;

function tooLarge(commit: string, what: keyof typeof WHAT, most: number) {
  return refused(
    `the commit ${commit.slice(0, 12)} has more than ${most.toLocaleString('en-US')} ${WHAT[what]}`,
    'Keep data out of Git, or split the repository.',
  );
}
