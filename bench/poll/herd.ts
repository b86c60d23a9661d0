import { type PollResult, pollUntilAborted, type TrustClient } from '@signalbox/serving/trust';
import { mulberry32 } from '../../tools/statistics/index.js';
import type { PollCosts } from './poll-cost.js';
import { SimulatedClock } from './simulated-clock.js';

export const PODS = 1000;
export const INTERVAL_MS = 30_000;
const [SECOND_MS, MINUTE_MS, HOUR_MS] = [1000, 60_000, 3_600_000];
const SEED = 1;

/** How pods poll: by the production code, or at the same interval without jitter, back-off and ETag. */
export type Way = 'ours' | 'in step';

export interface HerdFigures {
  /** In an hour with one new signature of the timestamp. */
  readonly requestsAnHour: number;
  readonly bytesAnHour: number;
  /** The most requests in a second: after all pods started at once, and after the store was away for ten minutes. */
  readonly peakAfterStart: number;
  readonly peakAfterOutage: number;
  /** When 99 % of the pods had been answered after the outage. */
  readonly backAfterMs: number;
}

const OUTAGE = { fromMs: 80 * MINUTE_MS, toMs: 90 * MINUTE_MS };
const RESIGNED_AT_MS = 45 * MINUTE_MS;
const HOUR = { fromMs: 15 * MINUTE_MS, toMs: 75 * MINUTE_MS };

/** A thousand pods that start at once, live through an hour, and through a store that is away, all in simulated time. */
export async function playHerd(way: Way, costs: PollCosts): Promise<HerdFigures> {
  const clock = new SimulatedClock();
  const random = mulberry32(SEED);
  const requestsAt = new Map<number, number>();
  const back: number[] = [];
  let [requestsAnHour, bytesAnHour] = [0, 0];
  const poller = () => {
    let [seenResigned, isBack] = [false, false];
    return (): PollResult => {
      const { nowMs } = clock;
      const isAway = nowMs >= OUTAGE.fromMs && nowMs < OUTAGE.toMs;
      const isNew = !seenResigned && nowMs >= RESIGNED_AT_MS;
      const { bytes, requests } = costOf(way, costs, isNew && !isAway);
      const second = Math.floor(nowMs / SECOND_MS);
      requestsAt.set(second, (requestsAt.get(second) ?? 0) + (isAway ? 1 : requests));
      if (isAway) return resultOf('store');
      seenResigned ||= isNew;
      if (nowMs >= HOUR.fromMs && nowMs < HOUR.toMs) {
        requestsAnHour += requests;
        bytesAnHour += bytes;
      }
      if (nowMs >= OUTAGE.toMs && !isBack) back.push(nowMs - OUTAGE.toMs);
      isBack ||= nowMs >= OUTAGE.toMs;
      return resultOf(null);
    };
  };
  const pods = Array.from({ length: PODS }, () => runPod(way, { clock, random, poll: poller() }));
  await clock.runUntil(2 * HOUR_MS);
  clock.stop();
  await Promise.all(pods);
  const peak = (fromMs: number, toMs: number): number =>
    Math.max(
      ...[...requestsAt]
        .filter(([second]) => second * SECOND_MS >= fromMs && second * SECOND_MS < toMs)
        .map(([, count]) => count),
    );
  return {
    requestsAnHour,
    bytesAnHour,
    peakAfterStart: peak(0, 10 * MINUTE_MS),
    peakAfterOutage: peak(OUTAGE.toMs, OUTAGE.toMs + 10 * MINUTE_MS),
    backAfterMs: back.sort((a, b) => a - b)[Math.ceil(PODS * 0.99) - 1]!,
  };
}

interface Pod {
  readonly clock: SimulatedClock;
  readonly random: () => number;
  readonly poll: () => PollResult;
}

async function runPod(way: Way, { clock, poll, random }: Pod): Promise<void> {
  const wait = (timeMs: number): Promise<boolean> => clock.wait(timeMs);
  if (way === 'ours') {
    // Of the client, the loop uses nothing but `poll`; what that costs was measured on a real one.
    const client = { poll: async () => poll() } as unknown as TrustClient;
    const signal = new AbortController().signal;
    return pollUntilAborted(client, { intervalMs: INTERVAL_MS, signal, random, onResult: () => undefined, wait });
  }
  for (let waitMs = 0; await wait(waitMs); waitMs = INTERVAL_MS) poll();
}

function costOf(way: Way, { resigned, timestampBytes, unchanged }: PollCosts, isNew: boolean) {
  if (isNew) return resigned;
  return way === 'ours' ? unchanged : { requests: 1, bytes: timestampBytes };
}

function resultOf(failure: 'store' | null): PollResult {
  const refusal = failure && { kind: failure, model: null, serial: null };
  const freshness = { verifiedAtMs: null, staleMs: 0, expiresAtMs: null, frozen: false };
  return { status: failure ? 'refused' : 'unchanged', manifests: new Map(), reason: failure, refusal, freshness };
}
