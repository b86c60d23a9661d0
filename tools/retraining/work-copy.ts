import { existsSync } from 'node:fs';
import { appendFile, mkdir, mkdtemp, rm, symlink } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { BOT, type Forge, GitRepository } from '../forge/index.js';

export interface WorkCopyRequest {
  /** The user's repository, which is only read. */
  readonly repo: string;
  /** On top of the forge's main branch, or where the bot left it. */
  readonly branch: string;
  readonly base: string;
  /** What the copy names as its origin, and the folder that has its branches. */
  readonly forge: Pick<Forge, 'address' | 'repository'>;
}

/** A clone of its own, inside `.signalbox/` so that it finds `node_modules` above it. Nothing of the user's work tree is touched. */
export interface WorkCopy {
  readonly folder: string;
  readonly git: GitRepository;
  /** Makes what Git does not have available at the same relative path: stores, data, caches. Absolute paths and addresses need nothing. */
  link(path: string): Promise<void>;
  remove(): Promise<void>;
}

/** Errors: `git/conflict` when a person has pushed to the branch: the bot then keeps its hands off. */
export async function openWorkCopy({ repo, branch, base, forge }: WorkCopyRequest): Promise<WorkCopy> {
  const root = join(repo, '.signalbox', 'retraining');
  await mkdir(root, { recursive: true });
  const place = await mkdtemp(join(root, 'copy-'));
  const folder = join(place, 'work');
  const remove = () => rm(place, { recursive: true, force: true });
  try {
    const git = await cloneOf(repo, folder, forge.address);
    await git.run(['fetch', '--quiet', forge.repository, base]);
    await git.run(['switch', '--quiet', '--create', branch, await startOf(git, forge.repository, { branch, base })]);
    return { folder, git, remove, link: (path) => linkIgnored({ repo, folder, path }) };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Objects are borrowed from the user's repository, so a clone costs little whatever the history. */
async function cloneOf(repo: string, folder: string, forge: string): Promise<GitRepository> {
  const user = await GitRepository.open(repo);
  await user.run(['clone', '--quiet', '--shared', '--no-checkout', '.', folder]);
  const git = await GitRepository.open(folder);
  const settings = { 'user.name': BOT.name, 'user.email': BOT.email, 'commit.gpgsign': 'false' };
  for (const [name, value] of Object.entries(settings)) await git.run(['config', name, value]);
  await git.run(['remote', 'set-url', 'origin', forge]);
  return git;
}

/** The branch as the bot left it when it was cut off, or the main branch. */
async function startOf(
  git: GitRepository,
  repository: string,
  { branch, base }: Pick<WorkCopyRequest, 'branch' | 'base'>,
): Promise<string> {
  const main = await git.requireCommit('FETCH_HEAD');
  const listed = await git.run(['ls-remote', repository, `refs/heads/${branch}`]);
  if (listed === '') return main;
  await git.run(['fetch', '--quiet', repository, branch]);
  const head = await git.requireCommit('FETCH_HEAD');
  const authors = await git.run(['log', '--format=%ae%n%ce', `${main}..${head}`]);
  const person = authors.split('\n').find((email) => email !== '' && email !== BOT.email);
  if (person === undefined) return head;
  throw new SignalboxError('git/conflict', `${person} has pushed to ${branch}`, {
    hint: `Open a pull request from it to ${base}, or delete it: git push origin --delete ${branch}`,
  });
}

async function linkIgnored({ repo, folder, path }: { repo: string; folder: string; path: string }): Promise<void> {
  if (isAbsolute(path) || path.includes(':')) return;
  // A pattern is linked up to the folder that it looks in.
  const plain = /[*?[]/.test(path) ? dirname(path.slice(0, path.search(/[*?[]/) + 1)) : path;
  const [here, there] = [resolve(folder, plain), resolve(repo, plain)];
  if (existsSync(here) || !existsSync(there)) return;
  await mkdir(dirname(here), { recursive: true });
  await symlink(there, here);
  // Patterns of .gitignore that end in a slash do not match links.
  await appendFile(join(folder, '.git', 'info', 'exclude'), `/${relative(folder, here)}\n`);
}
