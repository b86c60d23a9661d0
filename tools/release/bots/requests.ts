import { letsThrough, SignalboxError } from '@signalbox/contracts';
import { BOT, type Forge, flatBranch, type PullRequest, type PullRequestSummary, saysJust } from '../../forge/index.js';
import type { BotGit, OwnChange } from './git.js';

/** A change that a bot proposes where no person asked. */
export interface BotRequest {
  /** In this order: the first that Git can make, or that an earlier try has left with the bot's own commit; the same without folders after them. */
  readonly branches: readonly string[];
  readonly title: string;
  readonly message: string;
  /** A line that the commit and the request carry: by it they are known to be about this very thing. */
  readonly mark: string;
  readonly body: string;
  readonly files: ReadonlyMap<string, string | null>;
  /** What those who agree to it have before them beside its files. */
  readonly about?: readonly string[];
}

/** All that a branch must be to be the bot's own. */
type Proposed = Pick<BotRequest, 'about' | 'files' | 'message'>;

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
  readonly request: Proposed;
  /** The tip of the main branch. */
  readonly main: string;
  readonly approvals: number;
  /** Going back waits for nobody; whoever asks for changes to anything else is heard. */
  readonly heedsObjections: boolean;
}

/**
 * Pull requests that a bot opens once and finds again. Level-triggered like a pass, so it may be cut off anywhere and asked again: a request is
 * known by its mark, in whatever state, and a branch by being nothing but the bot's own commit. Any other branch is never touched, nor taken.
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

  /**
   * The request about this very thing, under whichever name: a branch in the way, or its own, may be gone by now. The one that people decided about, or the
   * newest; none that is a draft, which whoever may push can make of it, and which nobody can merge.
   */
  async find({ branches, mark }: Pick<BotRequest, 'branches' | 'mark'>): Promise<PullRequestSummary | null> {
    let newest: PullRequestSummary | null = null;
    for (const head of new Set([...branches, ...branches.map(flatBranch)])) {
      const found = (await this.#forge.listPullRequests({ head })).filter((one) => hasLine(one.body, mark));
      const decided = found.find(({ state }) => state !== 'open');
      if (decided) return decided;
      for (const one of found) if (!one.isDraft && one.number > (newest?.number ?? 0)) newest = one;
    }
    return newest;
  }

  /** The open one, or another where what it is about was touched since: what people agreed to before an incident is agreed to anew after it. */
  async goOn(found: PullRequestSummary | null, request: BotRequest, main: string): Promise<PullRequestSummary> {
    if (found === null) return this.open(request, main);
    const isOwn = async (about: BotRequest['about'] = []) =>
      (await this.#git.tipWith(found.head, ownChange({ ...request, about }, main))) !== null;
    const isOutdated = !(await isOwn(request.about)) && (await isOwn());
    return isOutdated ? this.open(request, main) : found;
  }

  async open(request: BotRequest, main: string): Promise<PullRequestSummary> {
    const head = await this.#branch(request, main);
    const { body, title } = request;
    await this.#forge.publishBranch(head);
    return this.#forge.openPullRequest({ head, base: this.#base, title, body, author: BOT });
  }

  /**
   * Merges what is the bot's own and what enough people agreed to. Null, or why it is not merged yet. The commit is compared, because whoever
   * can push a branch could else have the bot merge anything under its name.
   */
  async merge({ approvals, heedsObjections, main, number, request }: MergeTerms): Promise<string | null> {
    const opened = await this.#forge.getPullRequest(number);
    const tip = await this.#git.tipWith(opened.head, ownChange(request, main));
    if (tip === null)
      return `its branch ${opened.head} is not what the bot would propose now: a person decides about it`;
    const refused = Object.values(opened.checks).find((one) => one.commit === tip && !letsThrough(one.verdict));
    if (refused) return `its check says ${refused.verdict}: ${refused.title}`;
    const objection = heedsObjections ? objectionTo(opened) : null;
    if (objection !== null) return objection;
    const missing = approvals - countApprovals(opened, tip);
    if (missing > 0) return `${missing === 1 ? 'one person' : `${missing} people`} must still agree`;
    await this.#forge.merge(number, BOT, tip);
    return null;
  }

  async close(number: number, reason: string): Promise<void> {
    await this.#forge.close(number, BOT, reason);
  }

  async #branch(request: BotRequest, main: string): Promise<string> {
    const { branches, files, message } = request;
    const own = ownChange(request, main);
    for (const name of await this.#git.namesFor(branches)) {
      const open = await this.#forge.listPullRequests({ head: name, state: 'open' });
      if (open.some(({ isDraft }) => isDraft === true)) continue;
      const exists = await this.#git.hasBranch(name);
      if (exists && (await this.#git.tipWith(name, own)) !== null) return name;
      if (exists) continue;
      await this.#git.commitTo(name, { parent: main, files, message });
      return name;
    }
    throw new SignalboxError(
      'git/conflict',
      `the branches ${branches.join(' and ')} exist with other commits, or others stand in their way`,
      {
        hint: `Delete one of them: git push origin --delete ${branches.at(-1)}`,
      },
    );
  }
}

const ownChange = ({ about = [], files, message }: Proposed, main: string): OwnChange => ({
  ...{ about, files, main },
  says: (said) => saysJust(said, message),
});

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

/** Who asks for changes, in words; null: nobody. A forge that knows no such reviews says nothing of them. */
export function objectionTo({ objectors = [] }: Pick<PullRequest, 'objectors'>): string | null {
  return objectors.length === 0 ? null : `${objectors.join(' and ')} asked for changes`;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
