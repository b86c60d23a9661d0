/** What speaks against a version, since it last was above suspicion. */
export interface Suspicion {
  /** The cumulative sum: failures add, answers take away. */
  readonly weight: number;
  readonly failed: number;
  readonly asked: number;
  /** When the first of these failures came, monotonic milliseconds. */
  readonly sinceMs: number;
}

export const NO_SUSPICION: Suspicion = { weight: 0, failed: 0, asked: 0, sinceMs: 0 };

/** An answer takes away what two failures add: a version that fails fewer than two of three requests is not cut off here, but judged by its evidence. */
const ANSWER_WEIGHT = 2;
const ENOUGH_WEIGHT = 10;
/** A burst, such as all that waited behind one slow run, is one moment and no state. */
const ENOUGH_MS = 1_000;

/**
 * The local breaker's decision, a cumulative sum (CUSUM; Page 1954) over the requests of one version on one pod: it never falls under zero, so a long
 * good past excuses nothing, and one good answer does not reset it. Pure: what was seen goes in, with the time.
 */
export function suspicionAfter(before: Suspicion, outcome: 'answered' | 'failed', nowMs: number): Suspicion {
  if (outcome === 'failed') {
    return {
      weight: before.weight + 1,
      failed: before.failed + 1,
      asked: before.asked + 1,
      sinceMs: before.weight === 0 ? nowMs : before.sinceMs,
    };
  }
  const weight = before.weight - ANSWER_WEIGHT;
  return weight <= 0 ? NO_SUSPICION : { ...before, weight, asked: before.asked + 1 };
}

/** Whether the version is asked no more. */
export function isCutOff({ weight, sinceMs }: Suspicion, nowMs: number): boolean {
  return weight >= ENOUGH_WEIGHT && nowMs - sinceMs >= ENOUGH_MS;
}
