import { letsThrough, SignalboxError } from '@signalbox/contracts';
import { BOT, type Forge, type PullRequest, type PullRequestSummary, saysJust } from '../../forge/index.js';
import type { BotGit, OwnChange } from './git.js';

/** A change that a bot proposes where no person asked. */
export interface BotRequest {
  /**
   * In this order: the first that Git can make, or that an earlier try has left with the bot's own commit; then one of the main branch's commit; the same
   * without folders after them.
   */
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
  'self' | 'listPullRequests' | 'openPullRequest' | 'getPullRequest' | 'publishBranch' | 'merge' | 'close'
>;

export interface BotTools {
  readonly git: BotGit;
  /** Null: a clone or a checkout, where nobody can open a pull request. */
  readonly forge: BotForge | null;
  /** The branch that requests are to be merged into. */
  readonly base: string;
}

/** All requests with a mark in branches of the repository itself: anybody who may push there can have written it. */
export interface FoundRequests {
  /** None that is a draft, which whoever may push can make of one, and which nobody can merge. The bot's own account last, each by number. */
  readonly open: readonly PullRequestSummary[];
  /** Where none is open: the one that people decided about last. */
  readonly decided: PullRequestSummary | null;
  /** What the forge calls the bot. */
  readonly self: string;
}

/** Why another request takes the place of one. */
const TOUCHED = 'the main branch touched what this one is about, and who agreed to it did so before';
const TWIN = 'it is about the same';

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

  /** By whatever branch and account: both change, and what people closed stays so. */
  async find(mark: string): Promise<FoundRequests> {
    const [self, all] = await Promise.all([this.#forge.self(BOT), this.#forge.listPullRequests()]);
    const about = all.filter((one) => one.base === this.#base && !one.head.includes(':') && hasLine(one.body, mark));
    const [own, others] = [
      about.filter(({ author }) => author === self),
      about.filter(({ author }) => author !== self),
    ];
    const open = [...others, ...own].filter(({ isDraft, state }) => state === 'open' && isDraft !== true);
    // What a draft took the place of was closed by the bot.
    const isDecided = open.length === 0 && own.at(-1)?.state !== 'open';
    return { open, decided: isDecided ? await this.#decidedOf(about, { mark, self }) : null, self };
  }

  async #decidedOf(
    about: readonly PullRequestSummary[],
    { mark, self }: { readonly mark: string; readonly self: string },
  ): Promise<PullRequestSummary | null> {
    for (const one of about.filter(({ state }) => state !== 'open').reverse()) {
      const isForeign = one.author !== self && (await this.#git.isForeign(one.head, (said) => hasLine(said, mark)));
      if (!isForeign) return one;
    }
    return null;
  }

  /**
   * The open one that is what the bot would propose now, or else another: where what it is about was touched since, what people agreed to before an incident
   * is agreed to anew after it. The bot's own that somebody has pushed to is left to people, and what others opened is left alone.
   */
  async goOn({ open, self }: FoundRequests, request: BotRequest, main: string): Promise<PullRequestSummary> {
    const change = ownChange(request, main);
    const behind = new Set<PullRequestSummary>();
    let current: PullRequestSummary | undefined;
    for (const one of open) {
      if ((await this.#git.tipWith(one.head, change)) !== null) current = one;
      else if (await this.#isBehind(one, request, change)) behind.add(one);
    }
    current ??= open.findLast((one) => one.author === self && !behind.has(one)) ?? (await this.open(request, main));
    for (const one of open) {
      const isOurs = behind.has(one) || one.author === self;
      if (isOurs && one.number !== current.number) await this.#close(one, current, behind.has(one) ? TOUCHED : TWIN);
    }
    return current;
  }

  #isBehind({ head }: PullRequestSummary, { mark }: BotRequest, change: OwnChange): Promise<boolean> {
    return this.#git.isBehind(head, { ...change, says: (said) => hasLine(said, mark) });
  }

  /** One that could not be closed stays as it was, and is tried again with the next call. */
  async #close({ number }: PullRequestSummary, by: PullRequestSummary, why: string): Promise<void> {
    await this.close(number, `Pull request #${by.number} takes its place: ${why}.`).catch(() => undefined);
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
    const names = [...branches, `${branches[0]}-${main.slice(0, 7)}`];
    for (const name of await this.#git.namesFor(names)) {
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
      `the branches ${names.join(', ')} exist with other commits, or others stand in their way`,
      { hint: `Delete one of them that has no open pull request: git push origin --delete ${names.at(-1)}` },
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
