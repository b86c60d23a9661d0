import { SignalboxError } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { BOT, type Forge } from '../../forge/index.js';
import { readDecisions } from '../decisions.js';
import { type Head, releasePath } from '../desired.js';
import type { ReleaseState } from '../release-history.js';
import { markOf, planWithdrawal, type Rejected, type Withdrawal } from './plan-withdrawal.js';

/** What is asked of Git, so that a withdrawal can be made without a work tree. */
export interface WithdrawalGit {
  releaseHistory(head: string, path: string): Promise<readonly ReleaseState[]>;
  /** The message of the commit at the tip of a branch; null without the branch. */
  tipMessage(branch: string): Promise<string | null>;
  /** A new branch with one commit of the bot on top of `parent`. Errors: `git/conflict` when the branch exists. */
  commitTo(
    branch: string,
    commit: { readonly parent: string; readonly files: ReadonlyMap<string, string>; readonly message: string },
  ): Promise<void>;
}

/** The request that takes a rejected version back, or why there is none yet. */
export interface WithdrawalOutcome {
  readonly model: string;
  readonly version: number;
  readonly number: number | null;
  readonly state: 'open' | 'merged' | 'closed' | 'failed';
  readonly problem: string | null;
}

export interface WithdrawalTools {
  readonly git: WithdrawalGit;
  /** Null: a clone or a checkout, where nobody can open a pull request. */
  readonly forge: Pick<Forge, 'listPullRequests' | 'openPullRequest'> | null;
  /** The branch that requests are to be merged into. */
  readonly base: string;
  readonly store: BlobStore;
  readonly wallNow: () => number;
}

const NO_FORGE =
  'this repository takes no pull requests: roll back or hold the version from a clone whose origin does (signalbox rollback)';

/**
 * For each version that Git asks for and that was rejected: one pull request that takes it back. Level-triggered like a pass, so it may be cut off anywhere
 * and asked again: a request is known by its mark, in whatever state, and a branch by the mark of its tip. It never touches a branch whose tip is
 * not its own, and never opens again what a person closed.
 */
export class Withdrawals {
  readonly #tools: WithdrawalTools;
  /** By mark: what was seen or opened already. A daemon need not look again. */
  readonly #known = new Map<string, WithdrawalOutcome>();

  constructor(tools: WithdrawalTools) {
    this.#tools = tools;
  }

  /** Never throws: a release does not wait for its paperwork. What failed is in the answer, and is tried again with the next call. */
  async ensure(rejected: Rejected, head: Head): Promise<WithdrawalOutcome> {
    const mark = markOf(rejected);
    const known = this.#known.get(mark);
    if (known) return known;
    const { forge } = this.#tools;
    if (forge === null) return failedOutcome(rejected, NO_FORGE);
    try {
      const found = (await this.#find(rejected)) ?? (await this.#open(forge, rejected, head));
      this.#known.set(mark, found);
      return found;
    } catch (error) {
      return failedOutcome(rejected, error);
    }
  }

  /** The same without opening anything: null when there is none. Never throws. */
  async look(rejected: Rejected): Promise<WithdrawalOutcome | null> {
    try {
      return await this.#find(rejected);
    } catch (error) {
      return failedOutcome(rejected, error);
    }
  }

  /** The request about this rejection, in whatever state. */
  async #find(rejected: Rejected): Promise<WithdrawalOutcome | null> {
    const mark = markOf(rejected);
    const all = (await this.#tools.forge?.listPullRequests()) ?? [];
    const found = all.find(({ body, head }) => head.startsWith('withdraw/') && body.includes(mark));
    if (!found) return null;
    const { number, state } = found;
    return { model: rejected.manifest.model, version: rejected.version, number, state, problem: null };
  }

  async #open(forge: Pick<Forge, 'openPullRequest'>, rejected: Rejected, head: Head): Promise<WithdrawalOutcome> {
    const { base, git, store, wallNow } = this.#tools;
    const { manifest, version } = rejected;
    const path = releasePath(manifest.environment, manifest.model);
    const [history, decisions] = await Promise.all([
      git.releaseHistory(head.commit, path),
      readDecisions(
        store,
        manifest,
        ({ candidate, serial }) => candidate === version || serial >= rejected.rejection.serial,
      ),
    ]);
    const withdrawal = planWithdrawal({ rejected, head, history, decisions, wallNowMs: wallNow() });
    const branch = await this.#branch(withdrawal, rejected, head);
    const { body, title } = withdrawal;
    const { number, state } = await forge.openPullRequest({ head: branch, base, title, body, author: BOT });
    return { model: manifest.model, version, number, state, problem: null };
  }

  /** The first free name, or the one that an earlier try has left with our own commit. */
  async #branch(withdrawal: Withdrawal, { rejection }: Rejected, head: Head): Promise<string> {
    const { branch, files, mark, message } = withdrawal;
    const again = `${branch}-${rejection.serial}`;
    for (const name of [branch, again]) {
      const tip = await this.#tools.git.tipMessage(name);
      if (tip?.split('\n').includes(mark)) return name;
      if (tip !== null) continue;
      await this.#tools.git.commitTo(name, { parent: head.commit, files, message });
      return name;
    }
    throw new SignalboxError('git/conflict', `the branches ${branch} and ${again} exist with other commits`, {
      hint: `Delete one of them: git push origin --delete ${again}`,
    });
  }
}

function failedOutcome({ manifest, version }: Rejected, error: unknown): WithdrawalOutcome {
  const problem = error instanceof Error ? error.message : String(error);
  return { model: manifest.model, version, number: null, state: 'failed', problem };
}
