import type { PassTools } from '../pass/pass.js';
import { markOf } from '../withdrawal/index.js';

type Bots = Pick<PassTools, 'withdrawals' | 'promotions'>;

/**
 * The bots of a daemon, beside its passes: a forge may take seconds, or ask to be left alone for minutes, and no rollback waits for that. Each question is
 * asked one at a time and answered by what was found out last; the answer comes to a later pass.
 */
export function botsBeside({ promotions, withdrawals }: Bots): Bots & { readonly settled: () => Promise<void> } {
  const desk = new Desk();
  return {
    withdrawals: {
      ensure: async (taken, head) => desk.ask(markOf(taken), () => withdrawals.ensure(taken, head)),
      closeEnded: async (published) => {
        desk.ask('ended emergencies', async () => withdrawals.closeEnded?.(published));
      },
    },
    promotions: {
      ensure: async (question) => desk.ask('promotions', () => promotions.ensure(question)) ?? [],
    },
    settled: () => desk.settled(),
  };
}

/** Does one thing after the other, and none twice at a time. */
class Desk {
  #queue: Promise<void> = Promise.resolve();
  readonly #waiting = new Set<string>();
  readonly #answers = new Map<string, unknown>();
  #failure: { readonly error: unknown } | null = null;

  /** What was answered last, null before the first answer; and asks again. Throws what an earlier question has thrown. */
  ask<T>(key: string, work: () => Promise<T>): T | null {
    if (this.#failure !== null) {
      const { error } = this.#failure;
      this.#failure = null;
      throw error;
    }
    if (!this.#waiting.has(key)) this.#enqueue(key, work);
    return (this.#answers.get(key) as T | undefined) ?? null;
  }

  settled(): Promise<void> {
    return this.#queue;
  }

  #enqueue(key: string, work: () => Promise<unknown>): void {
    this.#waiting.add(key);
    this.#queue = this.#queue.then(async () => {
      try {
        this.#answers.set(key, await work());
      } catch (error) {
        this.#failure = { error };
      } finally {
        this.#waiting.delete(key);
      }
    });
  }
}
