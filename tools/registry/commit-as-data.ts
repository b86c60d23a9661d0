import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DOCUMENT_FOLDERS, SignalboxError } from '@signalbox/contracts';
import { type GitRepository, readFilesAtCommit, runPlumbing } from '../forge/index.js';
import { assertBoundedTree } from '../handover/index.js';

/** The files of a commit in a folder, to be read and never run. */
export interface CommitAsData {
  readonly folder: string;
  remove(): Promise<void>;
}

/** Links become files that hold their target's name, and no hook of this machine runs. */
const INERT_SETTINGS = { 'core.symlinks': 'false', 'core.autocrlf': 'false', 'core.hooksPath': '/dev/null' } as const;

/**
 * Files are what the commit holds to the byte, as `speak`, reviewers and the main branch read them: an encoding, a line end, a keyword or a filter (Git LFS
 * would ask the address that the commit itself names) that the commit's `.gitattributes` asks for would make them others. These come before all others.
 */
const INERT_ATTRIBUTES = '* -text !eol -ident -filter !working-tree-encoding\n';

/** The work tree itself where it is that very commit, untouched and read as it is; otherwise a repository of its own aside, under `parent`. */
export async function openCommitAsData(git: GitRepository, commit: string, parent: string): Promise<CommitAsData> {
  if ((await git.commitOf('HEAD')) === commit && (await git.changedFiles()).length === 0) {
    if (await holdsDocumentsOf(git.folder, commit)) return { folder: git.folder, remove: async () => {} };
  }
  const folder = join(parent, 'commit');
  await assertBoundedTree(git.folder, commit);
  await borrowObjects(git, folder);
  await runPlumbing(folder, ['checkout', '--quiet', '--detach', commit]);
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A repository with the objects of another and nothing else of it: Git's overruling attributes are those of a whole repository, work trees aside included. */
async function borrowObjects(git: GitRepository, folder: string): Promise<void> {
  const own = join(folder, '.git');
  const pathOf = async (name: string) => resolve(git.folder, await git.run(['rev-parse', '--git-path', name]));
  await runPlumbing(git.folder, ['init', '--quiet', '--template=', folder]);
  for (const [name, value] of Object.entries(INERT_SETTINGS)) await runPlumbing(folder, ['config', name, value]);
  for (const name of ['info', 'objects/info']) await mkdir(join(own, name), { recursive: true });
  await writeFile(join(own, 'info/attributes'), INERT_ATTRIBUTES);
  await writeFile(join(own, 'objects/info/alternates'), `${await pathOf('objects')}\n`);
  // A clone that begins somewhere says so here.
  const shallow = await pathOf('shallow');
  if (existsSync(shallow)) await copyFile(shallow, join(own, 'shallow'));
}

/** Whether a work tree has the commit's documents to the byte: attributes may show other ones, and Git then calls it clean. */
async function holdsDocumentsOf(folder: string, commit: string): Promise<boolean> {
  const wanted = (path: string) => /\.ya?ml$/i.test(path);
  const documents = await readFilesAtCommit(folder, commit, { folders: DOCUMENT_FOLDERS, wanted });
  for (const [path, text] of documents) {
    if ((await readFile(join(folder, path), 'utf8').catch(() => null)) !== text) return false;
  }
  return true;
}

/** The full id of the commit that is to be judged. Errors: `input/unknown-reference`. */
export async function requireJudged(git: GitRepository, commit: string): Promise<string> {
  const found = await git.commitOf(commit);
  if (found !== null) return found;
  throw new SignalboxError('input/unknown-reference', `the repository has no commit "${commit}"`, {
    hint: 'Fetch it first, from a fork too: git fetch origin pull/<number>/head',
  });
}
