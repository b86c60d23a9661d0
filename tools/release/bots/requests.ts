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

export interface FoundRequest extends PullRequestSummary {
  /** Open ones about the same that it took the place of. */
  readonly earlier: readonly PullRequestSummary[];
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
   * The request about this very thing, by whatever branch, and the bot's own: anybody can write its mark. An open one, or else the one that people decided
   * about last. A draft is none, which whoever may push can make of it, and which nobody can merge.
   */
  async find(mark: string): Promise<FoundRequest | null> {
    const [self, all] = await Promise.all([this.#forge.self(BOT), this.#forge.listPullRequests()]);
    const own = all.filter((one) => one.author === self && one.base === this.#base && hasLine(one.body, mark));
    const open = own.filter(({ isDraft, state }) => state === 'open' && isDraft !== true);
    const found = open.at(-1) ?? own.findLast(({ state }) => state !== 'open');
    return found === undefined ? null : { ...found, earlier: open.slice(0, -1) };
  }

  /** The open one, or another where what it is about was touched since: what people agreed to before an incident is agreed to anew after it. */
  async goOn(found: FoundRequest | null, request: BotRequest, main: string): Promise<PullRequestSummary> {
    if (found === null) return this.open(request, main);
    const isOutdated = await this.#git.isBehind(found.head, {
      ...ownChange(request, main),
      says: (said) => hasLine(said, request.mark),
    });
    const current = isOutdated ? await this.open(request, main) : found;
    for (const one of isOutdated ? [found, ...found.earlier] : found.earlier) await this.#supersede(one, current);
    return current;
  }

  async #supersede({ number }: PullRequestSummary, by: PullRequestSummary): Promise<void> {
    const reason = `Pull request #${by.number} takes its place: the main branch touched what this one is about, and who agreed to it did so before.`;
    // It stays as it was, and is tried again with the next call.
    await this.close(number, reason).catch(() => undefined);
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
