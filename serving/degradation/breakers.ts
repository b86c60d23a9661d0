import type { PodBreaker, RolloutManifest } from '@signalbox/contracts';
import type { FailedAttempt } from './attempts.js';
import { isCutOff, NO_SUSPICION, type Suspicion, suspicionAfter } from './breaker.js';

interface Moment {
  /** Monotonic milliseconds. */
  readonly nowMs: number;
  /** Epoch milliseconds. */
  readonly wallMs: number;
}

/**
 * The breakers of one manifest: they watch its candidate and arms, never the champion, and stay open until the next manifest. No try in between: whether a version
 * deserves another is the reconciler's decision, which sees all pods.
 */
export class Breakers {
  readonly #serial: number;
  readonly #onOpen: (breaker: PodBreaker) => void;
  readonly #suspicions: Map<number, Suspicion>;
  readonly #open = new Map<number, PodBreaker>();

  constructor(
    { serial, champion, candidate, arms }: Pick<RolloutManifest, 'serial' | 'champion' | 'candidate' | 'arms'>,
    onOpen: (breaker: PodBreaker) => void,
  ) {
    this.#serial = serial;
    this.#onOpen = onOpen;
    const watched = [candidate, ...arms.map(({ version }) => version)];
    this.#suspicions = new Map(
      watched.flatMap((version) => (version === null || version === champion ? [] : [[version, NO_SUSPICION]])),
    );
  }

  isOpen(version: number): boolean {
    return this.#open.size > 0 && this.#open.has(version);
  }

  /** The candidate's, else the first arm's; null: every version is asked. */
  get open(): PodBreaker | null {
    for (const version of this.#suspicions.keys()) {
      const breaker = this.#open.get(version);
      if (breaker !== undefined) return breaker;
    }
    return null;
  }

  answered(version: number): void {
    const before = this.#suspicions.get(version);
    if (before === undefined || before === NO_SUSPICION) return;
    this.#suspicions.set(version, suspicionAfter(before, 'answered', before.sinceMs));
  }

  /** It failed, and another version then answered the same request: so it was not the pod, nor the request. */
  failed({ attempt: { version }, failure }: FailedAttempt, { nowMs, wallMs }: Moment): void {
    const before = this.#suspicions.get(version);
    if (before === undefined || failure.kind === 'missing-inputs' || this.isOpen(version)) return;
    const after = suspicionAfter(before, 'failed', nowMs);
    this.#suspicions.set(version, after);
    if (!isCutOff(after, nowMs)) return;
    const seconds = ((nowMs - after.sinceMs) / 1000).toFixed(1);
    const reason = `it failed ${after.failed} of ${after.asked} requests in ${seconds} s (${failure.kind}), and another version answered them`;
    const breaker: PodBreaker = { version, serial: this.#serial, sinceMs: wallMs, reason };
    this.#open.set(version, breaker);
    this.#onOpen(breaker);
  }
}
