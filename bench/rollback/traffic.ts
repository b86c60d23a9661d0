import { MODEL } from './world.js';

/** Concurrent callers of each pod: enough that the last answer of a version is known to within a few milliseconds. */
const CALLERS = 2;

/** Steady requests to every pod, and when each version answered last, wall milliseconds. */
export class Traffic {
  readonly #addresses: readonly string[];
  readonly #last = new Map<string, Map<number, number>>();
  #running: Promise<void>[] = [];
  #stopped = false;
  answers = 0;
  failed = 0;

  constructor(addresses: readonly string[]) {
    this.#addresses = addresses;
  }

  start(): void {
    this.#running = this.#addresses.flatMap((address) => Array.from({ length: CALLERS }, () => this.#call(address)));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
  }

  /** When a version last answered on any pod; 0 for never. */
  lastAnswerBy(version: number): number {
    return Math.max(0, ...this.#addresses.map((address) => this.#last.get(address)?.get(version) ?? 0));
  }

  /** Whether every pod has answered by a version since a time, and no pod by the other. */
  isAnsweredOnlyBy(version: number, other: number, sinceMs: number): boolean {
    const everywhere = this.#addresses.every((address) => (this.#last.get(address)?.get(version) ?? 0) > sinceMs);
    return everywhere && this.lastAnswerBy(other) < sinceMs;
  }

  async #call(address: string): Promise<void> {
    for (let unit = 0; !this.#stopped; unit++) {
      const answer = await ask(address, `unit-${unit}`).catch(() => null);
      if (answer === null || answer.degraded !== null) this.failed += 1;
      else {
        this.answers += 1;
        const versions = this.#last.get(address) ?? new Map<number, number>();
        this.#last.set(address, versions.set(answer.version, Date.now()));
      }
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }
}

interface Answer {
  readonly version: number;
  readonly degraded: string | null;
}

async function ask(address: string, unit: string): Promise<Answer | null> {
  const response = await fetch(`${address}/v1/models/${MODEL}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ entities: {}, request: { value: 1 }, unit }),
  });
  const body = (await response.json()) as Answer;
  return response.ok ? body : null;
}
