import { stat } from 'node:fs/promises';
import { SignalboxError } from '@signalbox/contracts';
import { type SimpleGit, simpleGit } from 'simple-git';
import { asGitError } from './git-errors.js';

/** How many files a message about a dirty work tree names before it counts the rest. */
const NAMED_FILES = 10;

/** One Git repository, with a work tree or bare. A thin shell over simple-git whose failures are our errors. */
export class GitRepository {
  readonly folder: string;
  readonly #git: SimpleGit;

  private constructor(folder: string, git: SimpleGit) {
    this.folder = folder;
    this.#git = git;
  }

  /** Errors: `input/not-a-repository`, `environment/missing-tool`. */
  static async open(folder: string): Promise<GitRepository> {
    const found = await stat(folder).catch(() => null);
    if (!found?.isDirectory()) {
      throw new SignalboxError('input/not-a-repository', `${folder} is not a folder`, {
        hint: 'Name the repository with --repo, or make one with `signalbox init`.',
      });
    }
    const repository = new GitRepository(folder, simpleGit({ baseDir: folder }));
    await repository.run(['rev-parse', '--git-dir']);
    return repository;
  }

  /** A new, empty repository whose branch is `main`. The folder must exist. */
  static async initialise(folder: string, { bare = false } = {}): Promise<GitRepository> {
    const git = simpleGit({ baseDir: folder });
    const args = ['init', '--quiet', '--initial-branch=main', ...(bare ? ['--bare'] : [])];
    try {
      await git.raw(args);
    } catch (error) {
      throw asGitError(error, args);
    }
    return new GitRepository(folder, git);
  }

  /** Any Git command; its output without the last line break. */
  async run(args: readonly string[]): Promise<string> {
    try {
      return (await this.#git.raw([...args])).replace(/\n$/, '');
    } catch (error) {
      throw asGitError(error, args);
    }
  }

  /** The full commit id that a name stands for, or null. */
  async commitOf(revision: string): Promise<string | null> {
    try {
      const found = await this.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`]);
      // Quiet failures end without a word, and simple-git takes that for an answer.
      return found === '' ? null : found;
    } catch (error) {
      if (error instanceof SignalboxError && error.code === 'git/failed') return null;
      throw error;
    }
  }

  /** The same where there must be one. Errors: `input/unknown-reference`. */
  async requireCommit(revision: string): Promise<string> {
    const commit = await this.commitOf(revision);
    if (commit !== null && commit !== '') return commit;
    throw new SignalboxError('input/unknown-reference', `the repository has no commit "${revision}"`, {
      hint: 'Look at `git branch --all`; a fresh clone may need `git fetch`.',
    });
  }

  /** Null when the head is detached. */
  async currentBranch(): Promise<string | null> {
    const branch = await this.run(['branch', '--show-current']);
    return branch === '' ? null : branch;
  }

  /** Null when there is no such remote. */
  async remoteUrl(remote = 'origin'): Promise<string | null> {
    const remotes = await this.#git.getRemotes(true);
    return remotes.find((one) => one.name === remote)?.refs.fetch ?? null;
  }

  /** Paths that differ from the last commit, untracked ones included. */
  async changedFiles(): Promise<readonly string[]> {
    const status = await this.run(['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames']);
    return status
      .split('\0')
      .filter((entry) => entry !== '')
      .map((entry) => entry.slice(3));
  }

  /** Errors: `git/dirty-work-tree`, naming the files. */
  async assertCleanWorkTree(): Promise<void> {
    const changed = await this.changedFiles();
    if (changed.length === 0) return;
    const named = changed.slice(0, NAMED_FILES).join(', ');
    const more = changed.length > NAMED_FILES ? ` and ${changed.length - NAMED_FILES} more` : '';
    throw new SignalboxError('git/dirty-work-tree', `these files have uncommitted changes: ${named}${more}`, {
      hint: 'Commit them (git add -A && git commit) or put them aside (git stash -u), then run the command again.',
    });
  }
}
