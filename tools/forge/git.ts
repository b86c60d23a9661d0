import { stat } from 'node:fs/promises';
import { SignalboxError } from '@signalbox/contracts';
import { type SimpleGit, simpleGit } from 'simple-git';
import { asGitError } from './git-errors.js';
import { readObjects } from './object-reader.js';
import { LOG_SETTINGS, runPlumbing, runPlumbingLine } from './plumbing.js';

/** How many files a message about a dirty work tree names before it counts the rest. */
const NAMED_FILES = 10;

/**
 * One Git repository, with a work tree or bare. A thin shell over simple-git whose failures are our errors; what often answers nothing goes past
 * it, because simple-git waits 50 ms more after each call without a word.
 */
export class GitRepository {
  readonly folder: string;
  /** Without a work tree. */
  readonly isBare: boolean;
  /** Where Git keeps its own files, whole. */
  readonly gitFolder: string;
  readonly #git: SimpleGit;

  private constructor(folder: string, git: SimpleGit, { gitFolder, isBare }: GitPlace) {
    this.folder = folder;
    this.gitFolder = gitFolder;
    this.isBare = isBare;
    this.#git = git;
  }

  /** Errors: `input/not-a-repository`, which a folder within one is as well, `environment/missing-tool`. */
  static async open(folder: string): Promise<GitRepository> {
    const found = await stat(folder).catch(() => null);
    if (!found?.isDirectory()) {
      throw new SignalboxError('input/not-a-repository', `${folder} is not a folder`, {
        hint: 'Name the repository with --repo, or make one with `signalbox init`.',
      });
    }
    const git = simpleGit({ baseDir: folder, config: [...LOG_SETTINGS] });
    const known = places.get(folder) ?? (await placeOf(folder));
    places.set(folder, known);
    return new GitRepository(folder, git, known);
  }

  /** A new, empty repository whose branch is `main`. The folder must exist. */
  static async initialise(folder: string, { bare = false } = {}): Promise<GitRepository> {
    const args = ['init', '--quiet', '--initial-branch=main', ...(bare ? ['--bare'] : [])];
    await run(simpleGit({ baseDir: folder }), args);
    return GitRepository.open(folder);
  }

  /** Any Git command; its output without the last line break. */
  run(args: readonly string[]): Promise<string> {
    return run(this.#git, args);
  }

  /** The full commit id that a name stands for, or null. */
  async commitOf(revision: string): Promise<string | null> {
    try {
      const [object = null] = await readObjects(this.folder, [`${revision}^{commit}`]);
      return object?.id ?? null;
    } catch (error) {
      if (error instanceof SignalboxError && error.code === 'git/failed') return null;
      throw error;
    }
  }

  /** The same where there must be one. Errors: `input/unknown-reference`. */
  async requireCommit(revision: string): Promise<string> {
    const commit = await this.commitOf(revision);
    if (commit !== null) return commit;
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
    const args = ['status', '--porcelain=v1', '-z', '--untracked-files=all', '--no-renames'];
    const { stdout } = await runPlumbing(this.folder, args);
    return stdout
      .toString('utf8')
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

interface GitPlace {
  readonly gitFolder: string;
  readonly isBare: boolean;
}

/** A folder that is a repository stays one of its kind, and each verb opens several times. */
const places = new Map<string, GitPlace>();

/** From a folder within a work tree, paths of the repository would mean others: its keys, its stores, its forge. */
async function placeOf(folder: string): Promise<GitPlace> {
  const args = ['rev-parse', '--is-bare-repository', '--absolute-git-dir', '--show-prefix'];
  const [bare, gitFolder = '', prefix = ''] = (await runPlumbingLine(folder, args)).split('\n');
  if (prefix === '') return { gitFolder, isBare: bare === 'true' };
  const top = await runPlumbingLine(folder, ['rev-parse', '--show-toplevel']);
  throw new SignalboxError('input/not-a-repository', `${folder} is the folder ${prefix} of the repository ${top}`, {
    hint: `Run the command there, or name it: --repo ${top}`,
  });
}

async function run(git: SimpleGit, args: readonly string[]): Promise<string> {
  try {
    return (await git.raw([...args])).replace(/\n$/, '');
  } catch (error) {
    throw asGitError(error, args);
  }
}
