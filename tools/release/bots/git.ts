import {
  BOT,
  branchTip,
  commitFiles,
  createBranch,
  isAncestor,
  readFileAtCommit,
  runPlumbingLine,
} from '../../forge/index.js';
import { type ReleaseState, releaseHistory } from '../branch/release-history.js';

export interface BotCommit {
  readonly parent: string;
  /** By path: the new content, or null to remove the file. */
  readonly files: ReadonlyMap<string, string | null>;
  readonly message: string;
}

/** What bots ask of Git, so that they can do their work without a work tree. */
export interface BotGit {
  releaseHistory(head: string, path: string): Promise<readonly ReleaseState[]>;
  readFile(commit: string, path: string): Promise<string | null>;
  /** The message of the commit at the tip of a branch; null without the branch. */
  tipMessage(branch: string): Promise<string | null>;
  /** A new branch with one commit of the bot on top of `parent`. Errors: `git/conflict` when the branch exists. */
  commitTo(branch: string, commit: BotCommit): Promise<void>;
  /** The tip of a branch that is nothing but one commit with just these files on top of something in the history of `main`; null otherwise. */
  tipWith(
    branch: string,
    change: { readonly main: string; readonly files: BotCommit['files'] },
  ): Promise<string | null>;
}

/** The repository that has the main branch, bare or not: no work tree is read or written. */
export function gitOf(repository: string): BotGit {
  return {
    releaseHistory: (head, path) => releaseHistory(repository, head, path),
    readFile: (commit, path) => readFileAtCommit(repository, commit, path),
    async tipMessage(branch) {
      const tip = await branchTip(repository, branch);
      return tip && runPlumbingLine(repository, ['log', '--max-count=1', '--format=%B', tip]);
    },
    async commitTo(branch, { files, message, parent }) {
      const made = await commitFiles(repository, { parent, files, message, author: BOT });
      await createBranch(repository, branch, made);
    },
    async tipWith(branch, { files, main }) {
      const tip = await branchTip(repository, branch);
      const [parent, ...others] = tip === null ? [] : await parentsOf(repository, tip);
      if (tip === null || parent === undefined || others.length > 0) return null;
      if (!(await isAncestor(repository, parent, main))) return null;
      const expected = await commitFiles(repository, { parent, files, message: 'expected', author: BOT });
      const [is, meant] = await Promise.all([treeOf(repository, tip), treeOf(repository, expected)]);
      return is === meant ? tip : null;
    },
  };
}

async function parentsOf(repository: string, commit: string): Promise<readonly string[]> {
  const line = await runPlumbingLine(repository, ['log', '--max-count=1', '--format=%P', commit]);
  return line.split(' ').filter((parent) => parent !== '');
}

const treeOf = (repository: string, commit: string): Promise<string> =>
  runPlumbingLine(repository, ['rev-parse', `${commit}^{tree}`]);
