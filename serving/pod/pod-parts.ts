import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
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
  EvidenceRecorder,
  OutcomeLog,
  type PodMetrics,
  PredictionIds,
  PredictionLog,
} from '../telemetry/index.js';
import { TrustClient } from '../trust/index.js';
import { EventClock } from './event-clock.js';
import type { PodLogger } from './pod-logger.js';
import type { PodOptions } from './pod-options.js';

/** What a pod is made of, opened: nothing listens and nothing polls yet. */
export interface PodParts {
  readonly trust: TrustClient;
  readonly artifacts: BlobStore;
  readonly online: OnlineStore;
  readonly log: EventLog | null;
  readonly metrics: PodMetrics;
  readonly clock: EventClock;
  readonly predictor: Predictor;
  readonly predictions: PredictionLog;
  readonly outcomes: OutcomeLog;
  /** Null: nothing is counted as evidence. */
  readonly evidence: EvidenceRecorder | null;
}

/** Throws `input/bad-argument`, `trust/unverified`, `store/unavailable`. */
export async function openParts(options: PodOptions, logger: PodLogger): Promise<PodParts> {
  const wallNow = Date.now;
  const artifacts = openBlobStore(options.artifacts);
  const trust = await openTrust(options, artifacts);
  const log = options.log === null ? null : openEventLog(options.log);
  const { environment, name: pod, logRate: rate } = options;
  const onProblem = (problem: string): void => logger.warn(`log: ${problem}`);
  const logs = { store: artifacts, environment, pod, wallNow, onProblem };
  const predictions = new PredictionLog({ ...logs, rate, random: Math.random });
  return {
    trust,
    artifacts,
    online: openOnlineStore(options.online, { readOnly: true }),
    log,
    metrics: createMetrics(),
    clock: new EventClock({ wallNow, log }),
    predictor: new Predictor({
      log: predictions,
      ids: new PredictionIds(pod),
      now: () => performance.now(),
      wallNow,
      onProblem: (problem) => logger.warn(problem),
    }),
    predictions,
    outcomes: new OutcomeLog(logs),
    evidence: options.evidenceMs === null ? null : new EvidenceRecorder(),
  };
}

export async function closeStores({ online, log }: PodParts): Promise<void> {
  await Promise.all([online.close(), log?.close()]);
}

async function openTrust({ environment, root, cache }: PodOptions, store: BlobStore): Promise<TrustClient> {
  const rootBytes = await readRoot(root);
  return TrustClient.open({ store, environment, rootBytes, cacheDir: join(cache, 'trust'), wallNow: Date.now });
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
