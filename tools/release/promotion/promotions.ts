import type { RolloutManifest } from '@signalbox/contracts';
import { BotRequests, type BotTools, messageOf } from '../bots/requests.js';
import { type BackgroundSources, backgroundOf } from '../desired/background.js';
import { type Head, releasePath } from '../desired/desired.js';
import { problemIn } from '../desired/head.js';
import { waitsFor } from '../waits/index.js';
import { type DuePromotion, duePromotions, headWith, planPromotion, promotionMark } from './due-promotion.js';

/** A promotion that a bot makes where the policy says so, or why there is none yet. */
export interface PromotionOutcome {
  readonly model: string;
  readonly version: number;
  readonly number: number | null;
  /** `waiting`: something stands against its start. `merged`: just now. */
  readonly state: 'waiting' | 'open' | 'merged' | 'failed';
  readonly problem: string | null;
}

export type PromotionTools = BotTools & BackgroundSources;

export interface PromotionQuestion {
  readonly head: Head;
  /** What is published in this environment, by model. */
  readonly published: ReadonlyMap<string, RolloutManifest>;
  readonly wallNowMs: number;
}

/**
 * Promotes by itself what the policy of a risk tier says: the newest merged version, once nothing would keep it from starting, and never one that was
 * asked for before: what a person took back stays back. Level-triggered: one request for each version, known by its mark, tried again until it is
 * merged or a person closes it.
 */
export class Promotions {
  readonly #tools: PromotionTools;
  readonly #requests: BotRequests | null;
  /** By mark: what was asked before or closed stays so. */
  readonly #settled = new Set<string>();

  constructor(tools: PromotionTools) {
    this.#tools = tools;
    this.#requests = tools.forge && new BotRequests({ ...tools, forge: tools.forge });
  }

  /** Never throws. A repository without a forge promotes nothing by itself. */
  async ensure(question: PromotionQuestion): Promise<readonly PromotionOutcome[]> {
    const requests = this.#requests;
    if (requests === null) return [];
    const due = duePromotions(question.head, this.#tools.environment);
    const open = due.filter((one) => !this.#settled.has(promotionMark(one)));
    const outcomes: PromotionOutcome[] = [];
    for (const one of open) {
      const outcome = await this.#ensureOne(requests, one, question).catch((error: unknown) =>
        outcomeOf(one, { state: 'failed', problem: messageOf(error) }),
      );
      if (outcome === null) this.#settled.add(promotionMark(one));
      else outcomes.push(outcome);
    }
    return outcomes;
  }

  /** Null: it was decided before, by people. */
  async #ensureOne(
    requests: BotRequests,
    due: DuePromotion,
    question: PromotionQuestion,
  ): Promise<PromotionOutcome | null> {
    const { branch, environment, git } = this.#tools;
    const { head } = question;
    const history = await branch.history(head.commit);
    if (await history.askedBefore(environment, due.model, due.version)) return null;
    const isAsked = head.workspace.environments.get(environment)!.releases.has(due.model);
    const isBroken = problemIn(head, releasePath(environment, due.model)) !== null;
    if (!isAsked && !isBroken && history.hadRelease(environment, due.model)) {
      return outcomeOf(due, { state: 'waiting', problem: wasDeleted(due) });
    }
    const found = await requests.find(promotionMark(due));
    if (found.decided) return null;
    const waits = await this.#waits(due, question);
    if (waits.length > 0) {
      return outcomeOf(due, { number: found.open.at(-1)?.number ?? null, state: 'waiting', problem: waits.join('; ') });
    }
    const text = await git.readFile(head.commit, releasePath(environment, due.model));
    const request = planPromotion(due, text);
    const { number } = await requests.goOn(found, request, head.commit);
    const terms = { number, request, main: head.commit, approvals: due.approvals, heedsObjections: true };
    const problem = await requests.merge(terms).catch(messageOf);
    return outcomeOf(due, { number, state: problem === null ? 'merged' : 'open', problem });
  }

  /** What would keep it from starting if it were asked for now: the very reasons of the reconciler. */
  async #waits(due: DuePromotion, { head, published, wallNowMs }: PromotionQuestion): Promise<readonly string[]> {
    const { environment, model, record, release } = due;
    const then = headWith(due, head);
    // Who gets all units where nothing is published is confirmed of what Git asks for, so it is asked for first.
    const background = { ...(await backgroundOf(this.#tools, { head: then, model, published })), otherVersions: [] };
    const settings = then.workspace.environments.get(environment)!;
    return waitsFor({ head: then, environment, settings, model, release, record, published, background, wallNowMs });
  }
}

function wasDeleted({ environment, model, version }: DuePromotion): string {
  const path = releasePath(environment, model);
  return `people deleted ${path}, and only they bring it back: signalbox promote ${model} --version ${version} --env ${environment}`;
}

function outcomeOf(
  { model, version }: DuePromotion,
  { number = null, problem, state }: Pick<PromotionOutcome, 'state' | 'problem'> & { readonly number?: number | null },
): PromotionOutcome {
  return { model, version, number, state, problem };
}
