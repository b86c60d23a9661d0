import { setTimeout as sleep } from 'node:timers/promises';
import type { PollResult, TrustClient } from './trust-client.js';

/** The longest wait between polls of a store that fails; the wall clock goes on, and `staleMs` with it. */
const BACK_OFF_CAP_MS = 60_000;
/** Share of the interval that is random, so that pods do not poll in step. */
const JITTER = 0.2;

/**
 * How long to wait before the next poll. The interval is the longest wait, jitter included, so a rollback's bound can be computed from
 * it. After failures of the store: full jitter, `random * min(cap, interval * 2^failures)` ("Exponential Backoff And Jitter", AWS
 * Architecture Blog, 2015). `random` lies in [0, 1).
 */
export function nextPollMs(options: {
  readonly intervalMs: number;
  readonly failures: number;
  readonly random: number;
}): number {
  const { intervalMs, failures, random } = options;
  if (failures === 0) return intervalMs * (1 - JITTER * random);
  return random * Math.min(Math.max(BACK_OFF_CAP_MS, intervalMs), intervalMs * 2 ** failures);
}

export interface PollingOptions {
  /** The longest time between two polls of a healthy store. */
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  /** In [0, 1). */
  readonly random: () => number;
  /** Awaited before the next poll. */
  readonly onResult: (result: PollResult) => void | Promise<void>;
  /** Waits, and answers false when the signal aborts before. Real time unless told. */
  readonly wait?: (timeMs: number, signal: AbortSignal) => Promise<boolean>;
}

/** Polls until the signal aborts; then resolves. The first poll comes after a random part of the interval. */
export async function pollUntilAborted(client: TrustClient, options: PollingOptions): Promise<void> {
  const { intervalMs, onResult, random, signal, wait = waitUnlessAborted } = options;
  let failures = 0;
  let waitMs = intervalMs * random();
  while (await wait(waitMs, signal)) {
    const result = await client.poll();
    failures = result.refusal?.kind === 'store' ? failures + 1 : 0;
    await onResult(result);
    waitMs = nextPollMs({ intervalMs, failures, random: random() });
  }
}

async function waitUnlessAborted(timeMs: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(timeMs, undefined, { signal });
    return true;
  } catch {
    return false;
  }
}
