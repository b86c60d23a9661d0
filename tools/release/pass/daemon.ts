import { isSignalboxError, reconcilePollMs, timerMs } from '@signalbox/contracts';
import { botsBeside } from '../bots/beside.js';
import type { PromotionOutcome } from '../promotion/index.js';
import type { WithdrawalOutcome } from '../withdrawal/index.js';
import { type ModelOutcome, type PassResult, type PassTools, runPass } from './pass.js';

/** After a failing pass the next one comes later and later, but never later than this. */
const MAX_BACK_OFF_MS = 30_000;

export interface DaemonEvents {
  /** Something was published, or the reason for waiting changed. */
  readonly onOutcome: (outcome: ModelOutcome, result: PassResult) => void;
  /** A rejected version is to be taken back: the request for it was opened, or could not be. */
  readonly onWithdrawal: (outcome: WithdrawalOutcome) => void;
  /** A bot promotes a version, waits for something, or could not. */
  readonly onPromotion: (outcome: PromotionOutcome) => void;
  /** Nothing may start or move on for now, whatever the model, and why; empty: that is over. */
  readonly onHeldUp: (reasons: readonly string[]) => void;
  /** A pass failed; the same failure is told once, until it changes or ends. */
  readonly onFailure: (error: unknown) => void;
  readonly onRecovered: () => void;
}

export interface DaemonOptions extends DaemonEvents {
  readonly tools: PassTools;
  readonly signal: AbortSignal;
  /** A number in [0, 1) for the jitter of the back-off. */
  readonly random: () => number;
}

/**
 * Passes one after the other, at the poll interval that the environment's document names, until `signal` aborts. A pass that has
 * begun is finished, so nothing is half-published. A failing pass changes nothing, is told, and is tried again with full-jitter back-off;
 * losing a race to another publisher is no failure and is tried again at once.
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const { random, signal } = options;
  const { settled, ...bots } = botsBeside(options.tools);
  const tools = { ...options.tools, ...bots };
  let last: PassResult | null = null;
  let failures = 0;
  const teller = new Teller(options);
  while (!signal.aborted) {
    let waitMs: number;
    try {
      last = await runPass(tools, last);
      failures = 0;
      teller.passed(last);
      waitMs = await pollMs(tools, last);
    } catch (error) {
      if (isSignalboxError(error) && error.code === 'store/conflict' && failures === 0) {
        failures = 1;
        continue;
      }
      failures += 1;
      teller.failed(error);
      const base = last === null ? 1000 : await pollMs(tools, last);
      waitMs = base / 2 + random() * Math.min(MAX_BACK_OFF_MS, base * 2 ** Math.min(failures, 10));
    }
    await sleep(waitMs, signal);
  }
  await settled();
}

async function pollMs({ branch, environment }: PassTools, { commit }: PassResult): Promise<number> {
  const { workspace } = await branch.read(commit);
  return reconcilePollMs(workspace.environments.get(environment)?.environment);
}

/** Tells only what is news: hours of waiting for a sample are one line. */
class Teller {
  readonly #events: DaemonEvents;
  readonly #told = new Map<string, string>();
  #failure: string | null = null;

  constructor(events: DaemonEvents) {
    this.#events = events;
  }

  passed(result: PassResult): void {
    if (this.#failure !== null) this.#events.onRecovered();
    this.#failure = null;
    const wasHeldUp = this.#told.has('held up');
    if (this.#isNews('held up', result.heldUp) && (wasHeldUp || result.heldUp.length > 0)) {
      this.#events.onHeldUp(result.heldUp);
    }
    for (const outcome of result.models) {
      const news = JSON.stringify(outcome.reasons);
      const isNews = outcome.reasons.length > 0 && this.#told.get(outcome.model) !== news;
      if (outcome.changed || isNews) this.#events.onOutcome(outcome, result);
      this.#told.set(outcome.model, news);
    }
    for (const withdrawal of result.withdrawals) {
      if (this.#isNews(`withdrawal of ${withdrawal.model}`, withdrawal)) this.#events.onWithdrawal(withdrawal);
    }
    for (const promotion of result.promotions) {
      if (this.#isNews(`promotion of ${promotion.model}`, promotion)) this.#events.onPromotion(promotion);
    }
  }

  #isNews(key: string, said: object): boolean {
    const news = JSON.stringify(said);
    const isNews = this.#told.get(key) !== news;
    this.#told.set(key, news);
    return isNews;
  }

  failed(error: unknown): void {
    const failure = error instanceof Error ? error.message : String(error);
    if (failure !== this.#failure) this.#events.onFailure(error);
    this.#failure = failure;
  }
}

export function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, timerMs(ms));
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
