import type { BlobStore } from '@signalbox/serving/stores';
import { BOT } from '../../forge/index.js';
import { type BotRequest, BotRequests, type BotTools, type MergeTerms, messageOf } from '../bots/requests.js';
import { approvalsToMoveOn } from '../desired/approvals.js';
import { type Head, releasePath } from '../desired/desired.js';
import { tierPolicy } from '../desired/tier-policy.js';
import { readDecisions } from '../pass/kept-reasons.js';
import { closeEndedEmergencies, type PublishedState, standingEmergency } from './close-withdrawals.js';
import { markOf, planWithdrawal, winnerOf } from './plan-withdrawal.js';
import type { TakenBack } from './taken-back.js';

/** The request that makes Git ask for what serves again, or why there is none yet. */
export interface WithdrawalOutcome {
  readonly model: string;
  readonly version: number;
  readonly number: number | null;
  /** `done`: the bot has merged it just now. `merged`: it was merged, and Git asks for the version all the same. */
  readonly state: 'open' | 'done' | 'merged' | 'closed' | 'failed';
  /** Why there is none, or why the bot could not merge it yet. */
  readonly problem: string | null;
}

export interface WithdrawalTools extends BotTools {
  readonly store: BlobStore;
}

const NO_FORGE =
  'this repository takes no pull requests: roll back or hold the version from a clone whose origin does (signalbox rollback)';

/**
 * For each version that Git asks for and that something else took out of service, a rejection or an emergency: one pull request that takes it back,
 * merged where the policy leaves that to the bot. Whatever happens it is told, tried again, and never made twice; what a person closed stays closed.
 */
export class Withdrawals {
  readonly #tools: WithdrawalTools;
  readonly #requests: BotRequests | null;
  /** By mark: what needs no second look. */
  readonly #known = new Map<string, WithdrawalOutcome>();
  /** By model: the emergency that stood, or null for none, when nothing was left open about an earlier one. */
  readonly #cleared = new Map<string, string | null>();

  constructor(tools: WithdrawalTools) {
    this.#tools = tools;
    this.#requests = tools.forge && new BotRequests({ ...tools, forge: tools.forge });
  }

  /** Never throws: a release does not wait for its paperwork. What failed is in the answer, and is tried again with the next call. */
  async ensure(taken: TakenBack, head: Head): Promise<WithdrawalOutcome> {
    const known = this.#known.get(markOf(taken));
    if (known) return known;
    if (this.#requests === null) return outcomeOf(taken, { number: null, state: 'failed' }, NO_FORGE);
    try {
      const outcome = await this.#ensure(this.#requests, taken, head);
      // What is open is looked at again in the next pass: a person may close it, and the policy may let the bot merge it.
      if (outcome.state === 'merged' || outcome.state === 'closed') this.#known.set(markOf(taken), outcome);
      return outcome;
    } catch (error) {
      return outcomeOf(taken, { number: null, state: 'failed' }, messageOf(error));
    }
  }

  /** The same without opening or merging anything: null when there is none. Never throws. */
  async look(taken: TakenBack): Promise<WithdrawalOutcome | null> {
    try {
      const found = await this.#requests?.find(markOf(taken));
      // Whoever looks need not be the bot; others can have opened theirs only after it.
      const about = found?.open.toSorted((a, b) => a.number - b.number)[0] ?? found?.decided;
      return about ? outcomeOf(taken, about) : null;
    } catch (error) {
      return outcomeOf(taken, { number: null, state: 'failed' }, messageOf(error));
    }
  }

  /** Closes what is about emergencies that ended otherwise. Never throws: it is asked for once per emergency, and again with the next call if that failed. */
  async closeEnded(published: readonly PublishedState[]): Promise<void> {
    const { forge } = this.#tools;
    const changed = published.filter((one) => this.#cleared.get(one.manifest.model) !== standingEmergency(one));
    if (forge === null || changed.length === 0) return;
    try {
      await closeEndedEmergencies({ forge, author: BOT }, changed);
      for (const one of changed) this.#cleared.set(one.manifest.model, standingEmergency(one));
    } catch {
      // The request stays open until then, as it was.
    }
  }

  async #ensure(requests: BotRequests, taken: TakenBack, head: Head): Promise<WithdrawalOutcome> {
    const found = await requests.find(markOf(taken));
    if (found.decided) return outcomeOf(taken, found.decided);
    const request = await this.#plan(taken, head);
    const opened = await requests.goOn(found, request, head.commit);
    if (!this.#merges(taken, head)) return outcomeOf(taken, opened);
    const { number } = opened;
    const terms = { number, request, main: head.commit, ...this.#terms(taken, head) };
    const problem = await requests.merge(terms).catch(messageOf);
    return outcomeOf(taken, { number, state: problem === null ? 'done' : 'open' }, problem);
  }

  #merges({ manifest }: TakenBack, { workspace }: Head): boolean {
    return tierPolicy(workspace, manifest.environment, manifest.model)?.withdrawals === 'merge';
  }

  /** Taking back what gets no traffic moves none; proposing the winner of an experiment does, as a promotion would. */
  #terms(taken: TakenBack, head: Head): Pick<MergeTerms, 'approvals' | 'heedsObjections'> {
    const { environment, model } = taken.manifest;
    const isWon = winnerOf({ taken, head }) !== null;
    const approvals = isWon ? approvalsToMoveOn(head.workspace, environment, model) : 0;
    return { approvals, heedsObjections: isWon };
  }

  async #plan(taken: TakenBack, head: Head): Promise<BotRequest> {
    const { git, store } = this.#tools;
    const { manifest, since, version } = taken;
    const path = releasePath(manifest.environment, manifest.model);
    const [history, decisions] = await Promise.all([
      git.releaseHistory(head.commit, path),
      readDecisions(store, manifest, ({ candidate, serial }) => candidate === version || serial >= since),
    ]);
    return planWithdrawal({ taken, head, history, decisions });
  }
}

function outcomeOf(
  { manifest, version }: TakenBack,
  { number, state }: Pick<WithdrawalOutcome, 'number' | 'state'>,
  problem: string | null = null,
): WithdrawalOutcome {
  return { model: manifest.model, version, number, state, problem };
}
