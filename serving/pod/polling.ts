import { setTimeout as sleep } from 'node:timers/promises';
import { type PollResult, pollUntilAborted } from '../trust/index.js';
import type { EventClock } from './event-clock.js';
import type { Pod } from './pod.js';
import type { PodLogger } from './pod-logger.js';
import type { PodOptions } from './pod-options.js';
import type { PodParts } from './pod-parts.js';

export interface Polling {
  stop(): void;
  readonly done: Promise<void>;
}

/** How often a replay's clock looks at the log: a fast replay plays days in a second. */
const CLOCK_INTERVAL_MS = 250;

/** Polls the signed manifests, at once and then until stopped. Loading does not hold up the next poll: a rollback must not wait for a large model. */
export function startPolling(
  { pollMs }: PodOptions,
  { trust, metrics, clock }: PodParts,
  { pod, logger }: { readonly pod: Pod; readonly logger: PodLogger },
): Polling {
  const stop = new AbortController();
  const take = (result: PollResult): void => {
    metrics.polls.series({ result: result.status }).value += 1;
    pod.follow(result).catch((error) => logger.error({ err: error }, 'following the manifests failed'));
  };
  const poll = async (): Promise<void> => {
    take(await trust.poll());
    await pollUntilAborted(trust, { intervalMs: pollMs, signal: stop.signal, random: Math.random, onResult: take });
  };
  return { stop: () => stop.abort(), done: Promise.all([poll(), followLog(clock, stop.signal)]).then(() => {}) };
}

async function followLog(clock: EventClock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.refresh();
    await sleep(CLOCK_INTERVAL_MS, undefined, { signal }).catch(() => {});
  }
}
