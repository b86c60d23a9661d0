import {
  BOT,
  branchesNear,
  branchTip,
  bringsJust,
  type CommitFacts,
  commitFiles,
  createBranch,
  flatBranch,
  groundOf,
  isAncestor,
  isFreeName,
  readCommits,
  readFileAtCommit,
} from '../../forge/index.js';
import { type ReleaseState, releaseHistory } from '../branch/release-history.js';

export interface BotCommit {
  readonly parent: string;
  /** By path: the new content, or null to remove the file. */
  readonly files: ReadonlyMap<string, string | null>;
  readonly message: string;
}

/** What a branch must be to count as the bot's own. */
export interface OwnChange extends Pick<BotCommit, 'files'> {
  readonly main: string;
  /** What those who agree to it have before them beside its files. */
  readonly about?: readonly string[];
  /** Whether the message is one of the bot's. */
  readonly says: (message: string) => boolean;
}

/** What bots ask of Git, so that they can do their work without a work tree. */
export interface BotGit {
  releaseHistory(head: string, path: string): Promise<readonly ReleaseState[]>;
  readFile(commit: string, path: string): Promise<string | null>;
  hasBranch(branch: string): Promise<boolean>;
  /** Of these branches, and of the same without folders after them, those that are there or can be made. */
  namesFor(branches: readonly string[]): Promise<readonly string[]>;
  /** A new branch with one commit of the bot on top of `parent`. Errors: `git/conflict` when the branch exists. */
  commitTo(branch: string, commit: BotCommit): Promise<void>;
  /** The tip of a branch that is nothing but one commit that says and changes just this, where it can be merged as it is; null otherwise. */
  tipWith(branch: string, change: OwnChange): Promise<string | null>;
  /** Whether a branch is there, and is not one commit that says this. */
  isForeign(branch: string, says: OwnChange['says']): Promise<boolean>;
  /** Whether a branch is one commit that says this, on a commit of the main branch that has touched the same since. */
  isBehind(branch: string, change: OwnChange): Promise<boolean>;
}

/** The repository that has the main branch, bare or not: no work tree is read or written. */
export function gitOf(repository: string): BotGit {
  return {
    releaseHistory: (head, path) => releaseHistory(repository, head, path),
    readFile: (commit, path) => readFileAtCommit(repository, commit, path),
    hasBranch: async (branch) => (await branchTip(repository, branch)) !== null,
    async namesFor(branches) {
      const near = await branchesNear(repository, branches[0]!);
      const canBe = (name: string): boolean => near.has(name) || isFreeName(name, near.keys());
      return [...branches, ...branches.map(flatBranch)].filter(canBe);
    },
    async commitTo(branch, { files, message, parent }) {
      const made = await commitFiles(repository, { parent, files, message, author: BOT });
      await createBranch(repository, branch, made);
    },
    async isForeign(branch, says) {
      const tip = await branchTip(repository, branch);
      return tip !== null && (await readAlone(repository, tip, says)) === null;
    },
    async isBehind(branch, { about = [], files, main, says }) {
      const tip = await branchTip(repository, branch);
      const facts = tip && (await readAlone(repository, tip, says));
      if (!facts || !(await isAncestor(repository, facts.parents[0]!, main))) return false;
      return (await groundOf(repository, facts, { main, paths: [...files.keys(), ...about] })) === null;
    },
    async tipWith(branch, { about = [], files, main, says }) {
      const tip = await branchTip(repository, branch);
      const facts = tip && (await readAlone(repository, tip, says));
      if (!facts) return null;
      const parent = await groundOf(repository, facts, { main, paths: [...files.keys(), ...about] });
      return parent !== null && (await bringsJust(repository, facts, { parent, files })) ? tip : null;
    },
  };
}

/** A commit of one parent that says this; null otherwise. */
async function readAlone(repository: string, tip: string, says: OwnChange['says']): Promise<CommitFacts | null> {
  const [facts] = await readCommits(repository, [tip]);
  return facts?.parents.length === 1 && says(facts.message) ? facts : null;
}
