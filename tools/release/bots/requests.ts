import { letsThrough, SignalboxError } from '@signalbox/contracts';
import { BOT, type Forge, type PullRequest, type PullRequestSummary } from '../../forge/index.js';
import type { BotGit } from './git.js';

/** A change that a bot proposes where no person asked. */
export interface BotRequest {
  /** In this order: the first that is free, or that an earlier try has left with the bot's own commit. */
  readonly branches: readonly string[];
  readonly title: string;
  readonly message: string;
  /** A line that the commit and the request carry: by it they are known to be about this very thing. */
  readonly mark: string;
  readonly body: string;
  readonly files: ReadonlyMap<string, string | null>;
}

export type BotForge = Pick<
  Forge,
  'listPullRequests' | 'openPullRequest' | 'getPullRequest' | 'publishBranch' | 'merge' | 'close'
>;

export interface BotTools {
  readonly git: BotGit;
  /** Null: a clone or a checkout, where nobody can open a pull request. */
  readonly forge: BotForge | null;
  /** The branch that requests are to be merged into. */
  readonly base: string;
}

/** What a merge needs besides being open. */
export interface MergeTerms {
  readonly number: number;
  /** What the bot would propose: its branch must be just that. */
  readonly files: ReadonlyMap<string, string | null>;
  /** The tip of the main branch. */
  readonly main: string;
  readonly approvals: number;
}

/**
 * Pull requests that a bot opens once and finds again. Level-triggered like a pass, so it may be cut off anywhere and asked again: a request is
 * known by its mark, in whatever state, and a branch by the mark of its tip. A branch whose tip is not the bot's own is never touched.
 */
export class BotRequests {
  readonly #git: BotGit;
  readonly #forge: BotForge;
  readonly #base: string;

  constructor({ base, forge, git }: BotTools & { readonly forge: BotForge }) {
    this.#git = git;
    this.#forge = forge;
    this.#base = base;
  }

  /** The request about this very thing, in whatever state. */
  async find({ branches, mark }: Pick<BotRequest, 'branches' | 'mark'>): Promise<PullRequestSummary | null> {
    for (const head of branches) {
      const found = (await this.#forge.listPullRequests({ head })).find(({ body }) => hasLine(body, mark));
      if (found) return found;
    }
    return null;
  }

  async open(request: BotRequest, main: string): Promise<PullRequestSummary> {
    const head = await this.#branch(request, main);
    const { body, title } = request;
    await this.#forge.publishBranch(head);
    return this.#forge.openPullRequest({ head, base: this.#base, title, body, author: BOT });
  }

  /**
   * Merges what is the bot's own and what enough people agreed to. Null, or why it is not merged yet. The files are compared, because whoever
   * can push a branch could else have the bot merge anything under its name.
   */
  async merge({ approvals, files, main, number }: MergeTerms): Promise<string | null> {
    const request = await this.#forge.getPullRequest(number);
    const tip = await this.#git.tipWith(request.head, { main, files });
    if (tip === null)
      return `its branch ${request.head} is not what the bot would propose now: a person decides about it`;
    const refused = Object.values(request.checks).find((one) => one.commit === tip && !letsThrough(one.verdict));
    if (refused) return `its check says ${refused.verdict}: ${refused.title}`;
    const missing = approvals - countApprovals(request, tip);
    if (missing > 0) return `${missing === 1 ? 'one person' : `${missing} people`} must still agree`;
    await this.#forge.merge(number, BOT, tip);
    return null;
  }

  async close(number: number, reason: string): Promise<void> {
    await this.#forge.close(number, BOT, reason);
  }

  async #branch({ branches, files, mark, message }: BotRequest, main: string): Promise<string> {
    for (const name of branches) {
      const tip = await this.#git.tipMessage(name);
      if (tip?.split('\n').includes(mark)) return name;
      if (tip !== null) continue;
      await this.#git.commitTo(name, { parent: main, files, message });
      return name;
    }
    throw new SignalboxError('git/conflict', `the branches ${branches.join(' and ')} exist with other commits`, {
      hint: `Delete one of them: git push origin --delete ${branches.at(-1)}`,
    });
  }
}

/** The mark stands on a line of its own, because one may begin with another; browsers and GitHub end lines in either way. */
function hasLine(body: string, mark: string): boolean {
  return body.split(/\r?\n/).some((line) => line === mark || line === `<!-- ${mark} -->`);
}

/** People other than the author, and others who asked for it, who approved this very commit. */
export function countApprovals(
  { approvals, author }: Pick<PullRequest, 'approvals' | 'author'>,
  commit: string,
  asked: readonly string[] = [],
): number {
  const others = approvals.filter((one) => one.commit === commit && ![author, ...asked].includes(one.by));
  return new Set(others.map((one) => one.by)).size;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
