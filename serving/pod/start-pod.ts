import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SignalboxError } from '@signalbox/contracts';
import type { FastifyInstance } from 'fastify';
import { createServer } from '../api/index.js';
import { Predictor } from '../prediction/index.js';
import {
  type BlobStore,
  type EventLog,
  type OnlineStore,
  openBlobStore,
  openEventLog,
  openOnlineStore,
} from '../stores/index.js';
import {
  createMetrics,
  OutcomeLog,
  type PodMetrics,
  PredictionIds,
  PredictionLog,
  StatusWriter,
} from '../telemetry/index.js';
import { pollUntilAborted, TrustClient } from '../trust/index.js';
import { EventClock } from './event-clock.js';
import { listen, writeAddressFile } from './listen.js';
import { Pod } from './pod.js';
import { addGauges } from './pod-gauges.js';
import type { PodOptions } from './pod-options.js';

export interface PodLogger {
  info(message: string): void;
  warn(message: string): void;
  error(details: object, message: string): void;
}

export interface RunningPod {
  readonly address: string;
  readonly app: FastifyInstance;
  readonly pod: Pod;
  /** Answers what is in flight, writes what is logged, frees everything. */
  close(): Promise<void>;
}

const STATUS_INTERVAL_MS = 1_000;
/** How long a stopping pod waits for answers whose clients are gone, before it writes its logs. */
const DRAIN_MS = 1_000;

/** Starts a pod: it listens first, then follows the signed manifests until it is closed. Throws for what a person must mend. */
export async function startPod(options: PodOptions, logger: PodLogger): Promise<RunningPod> {
  const wallNow = Date.now;
  const trust = await openTrust(options);
  const parts = openParts(options, logger);
  const { artifacts, online, log, metrics, clock, predictions, outcomes } = parts;
  let status: StatusWriter | null = null;
  const pod = new Pod({
    info: { name: options.name, environment: options.environment, startedAtMs: wallNow() },
    clock,
    wallNow,
    freshness: () => trust.freshness(),
    host: (model) => ({
      model,
      artifacts,
      cacheDir: options.cache,
      online,
      metrics,
      now: () => performance.now(),
      wallNow,
    }),
    onChange: (event) => {
      logger.info(event);
      void status?.write();
    },
  });
  const app = createServer({
    pod,
    predictor: predictorOf(options, predictions, logger),
    online,
    outcomes,
    metrics,
    bodyLimitBytes: options.bodyLimitBytes,
    wallNow,
    onBug: (error) => logger.error({ err: error }, 'a request met a defect'),
  });
  addGauges(metrics.registry, { pod, predictions: predictions.segments, outcomes: outcomes.segments });
  try {
    pod.address = await listen(app, options);
    if (options.addressFile !== null) await writeAddressFile(options.addressFile, pod.address);
  } catch (error) {
    await Promise.all([app.close(), online.close(), log?.close()]);
    throw error;
  }
  status = statusWriter(options, { artifacts, pod, logger });
  const polling = startPolling(options, { trust, pod, metrics, clock, logger });
  const segments = [predictions.segments, outcomes.segments];
  const close = async (): Promise<void> => {
    pod.stop();
    polling.stop();
    await app.close();
    // Whose client hung up is answered to nobody, and logged all the same.
    await Promise.race([pod.drained(), sleep(DRAIN_MS, undefined, { ref: false })]);
    await Promise.all([polling.done, ...segments.map((log) => log.flush()), status?.close()]);
    await pod.close();
    await Promise.all([...segments.map((log) => log.close()), online.close(), log?.close()]);
  };
  return { address: pod.address, app, pod, close };
}

async function openTrust({ environment, artifacts, root, cache }: PodOptions): Promise<TrustClient> {
  return TrustClient.open({
    store: openBlobStore(artifacts),
    environment,
    rootBytes: await readRoot(root),
    cacheDir: join(cache, 'trust'),
    wallNow: Date.now,
  });
}

async function readRoot(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new SignalboxError('input/bad-argument', `the root of trust ${path} cannot be read`, {
      cause,
      hint: 'Give --root the file releases/<env>/root.json; `signalbox keys` makes it.',
    });
  }
}

interface Parts {
  readonly artifacts: BlobStore;
  readonly online: OnlineStore;
  readonly log: EventLog | null;
  readonly metrics: PodMetrics;
  readonly clock: EventClock;
  readonly predictions: PredictionLog;
  readonly outcomes: OutcomeLog;
}

function openParts(options: PodOptions, logger: PodLogger): Parts {
  const wallNow = Date.now;
  const artifacts = openBlobStore(options.artifacts);
  const log = options.log === null ? null : openEventLog(options.log);
  const { environment, name: pod, logRate: rate } = options;
  const logs = {
    store: artifacts,
    environment,
    pod,
    wallNow,
    onProblem: (problem: string) => logger.warn(`log: ${problem}`),
  };
  return {
    artifacts,
    online: openOnlineStore(options.online, { readOnly: true }),
    log,
    metrics: createMetrics(),
    clock: new EventClock({ wallNow, log }),
    predictions: new PredictionLog({ ...logs, rate, random: Math.random }),
    outcomes: new OutcomeLog(logs),
  };
}

function predictorOf(options: PodOptions, log: PredictionLog, logger: PodLogger): Predictor {
  return new Predictor({
    log,
    ids: new PredictionIds(options.name),
    now: () => performance.now(),
    wallNow: Date.now,
    onProblem: (problem) => logger.warn(problem),
  });
}

function statusWriter(
  options: PodOptions,
  { artifacts, pod, logger }: { readonly artifacts: BlobStore; readonly pod: Pod; readonly logger: PodLogger },
): StatusWriter {
  return new StatusWriter({
    store: artifacts,
    environment: options.environment,
    pod: options.name,
    intervalMs: STATUS_INTERVAL_MS,
    build: () => pod.status(),
    onProblem: (problem) => logger.warn(`status: ${problem}`),
  });
}

interface PollingParts {
  readonly trust: TrustClient;
  readonly pod: Pod;
  readonly metrics: PodMetrics;
  readonly clock: EventClock;
  readonly logger: PodLogger;
}

/** The first poll is at once. Loading does not hold up the next poll: a rollback must not wait for a large model. */
function startPolling(
  options: PodOptions,
  { trust, pod, metrics, clock, logger }: PollingParts,
): { stop: () => void; done: Promise<void> } {
  const stop = new AbortController();
  const take = (result: Awaited<ReturnType<TrustClient['poll']>>): void => {
    metrics.polls.series({ result: result.status }).value += 1;
    pod.follow(result).catch((error) => logger.error({ err: error }, 'following the manifests failed'));
    void clock.refresh();
  };
  const done = (async () => {
    take(await trust.poll());
    await pollUntilAborted(trust, {
      intervalMs: options.pollMs,
      signal: stop.signal,
      random: Math.random,
      onResult: take,
    });
  })();
  return { stop: () => stop.abort(), done };
}
