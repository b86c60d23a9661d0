import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Identity, identityEnvironment } from './identity.js';
import { runPlumbing, runPlumbingLine } from './plumbing.js';

export interface NewCommit {
  readonly parent: string;
  /** By path: the new content, or null to remove the file. */
  readonly files: ReadonlyMap<string, string | null>;
  readonly message: string;
  readonly author: Identity;
  /** The author unless given. */
  readonly committer?: Identity;
}

/**
 * A commit on top of `parent`, made in an index of its own: neither the work tree nor the branch that is checked out is touched, so
 * there is nothing to clean up when it is interrupted. Answers the new commit, which no reference names yet.
 */
export async function commitFiles(repository: string, commit: NewCommit): Promise<string> {
  const tree = await treeWith(repository, commit.parent, commit.files);
  return commitTree(repository, { tree, parents: [commit.parent], ...commit });
}

/** The tree of `parent` with these files. */
export async function treeWith(repository: string, parent: string, files: NewCommit['files']): Promise<string> {
  const index = join(tmpdir(), `signalbox-index-${randomUUID()}`);
  const env = { GIT_INDEX_FILE: index };
  try {
    await runPlumbing(repository, ['read-tree', parent], { env });
    const lines: string[] = [];
    for (const [path, text] of files) {
      lines.push(text === null ? `0 ${'0'.repeat(40)}\t${path}` : await blobLine(repository, path, text));
    }
    await runPlumbing(repository, ['update-index', '-z', '--index-info'], {
      env,
      input: lines.map((line) => `${line}\0`).join(''),
    });
    return await runPlumbingLine(repository, ['write-tree'], { env });
  } finally {
    await rm(index, { force: true });
    await rm(`${index}.lock`, { force: true });
  }
}

async function blobLine(repository: string, path: string, text: string): Promise<string> {
  const blob = await runPlumbingLine(repository, ['hash-object', '-w', '--stdin'], { input: text });
  return `100644 ${blob}\t${path}`;
}

export async function commitTree(
  repository: string,
  commit: {
    readonly tree: string;
    readonly parents: readonly string[];
    readonly message: string;
    readonly author: Identity;
    readonly committer?: Identity;
  },
): Promise<string> {
  const parents = commit.parents.flatMap((parent) => ['-p', parent]);
  return runPlumbingLine(repository, ['commit-tree', commit.tree, ...parents], {
    input: commit.message.endsWith('\n') ? commit.message : `${commit.message}\n`,
    env: identityEnvironment(commit.author, commit.committer),
  });
}
