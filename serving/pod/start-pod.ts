import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { createServer } from '../api/index.js';
import { SegmentWriter, StatusWriter } from '../telemetry/index.js';
import { listen, writeAddressFile } from './listen.js';
import { Pod } from './pod.js';
import { addGauges } from './pod-gauges.js';
import type { PodLogger } from './pod-logger.js';
import type { PodOptions } from './pod-options.js';
import { closeStores, openParts, type PodParts } from './pod-parts.js';
import { type Polling, startPolling } from './polling.js';

export interface RunningPod {
  readonly address: string;
  /** Answers what is in flight, writes what is logged, frees everything. */
  close(): Promise<void>;
}

const STATUS_INTERVAL_MS = 1_000;
/** How long a stopping pod waits for answers whose clients are gone, before it writes its logs. */
const DRAIN_MS = 1_000;

/** Starts a pod: it listens first, then follows the signed manifests until it is closed. Throws for what a person must mend. */
export async function startPod(options: PodOptions, logger: PodLogger): Promise<RunningPod> {
  const parts = await openParts(options, logger);
  let status: StatusWriter | null = null;
  const evidence = segmentWriter(options, parts, { logger, onWritten: () => void status?.write() });
  const pod = podOf(options, parts, {
    evidence,
    onChange: (event) => {
      logger.info(event);
      void status?.write();
    },
  });
  const app = serverOf(options, parts, { pod, logger });
  addGauges(parts.metrics.registry, {
    pod,
    predictions: parts.predictions.segments,
    outcomes: parts.outcomes.segments,
    evidence,
  });
  try {
    pod.address = await listen(app, options);
    if (options.addressFile !== null) await writeAddressFile(options.addressFile, pod.address);
  } catch (error) {
    await Promise.all([app.close(), evidence?.close(), closeStores(parts)]);
    throw error;
  }
  status = statusWriter(options, parts, { pod, logger });
  const polling = startPolling(options, parts, { pod, logger });
  return { address: pod.address, close: () => closePod(parts, { pod, app, polling, status, evidence }) };
}

function podOf(
  options: PodOptions,
  parts: PodParts,
  {
    evidence: writer,
    onChange,
  }: { readonly evidence: SegmentWriter | null; readonly onChange: (event: string) => void },
): Pod {
  const { artifacts, online, metrics, clock, trust, evidence } = parts;
  const wallNow = Date.now;
  const now = () => performance.now();
  return new Pod({
    info: { name: options.name, environment: options.environment, startedAtMs: wallNow() },
    clock,
    wallNow,
    freshness: () => trust.freshness(),
    evidence: () => writer?.evidence ?? { run: 'none', sequence: 0 },
    host: (model) => ({ model, artifacts, cacheDir: options.cache, online, metrics, evidence, now, wallNow }),
    onChange,
  });
}

interface Surroundings {
  readonly pod: Pod;
  readonly logger: PodLogger;
}

function serverOf(options: PodOptions, parts: PodParts, { pod, logger }: Surroundings): FastifyInstance {
  return createServer({
    ...parts,
    pod,
    bodyLimitBytes: options.bodyLimitBytes,
    wallNow: Date.now,
    onBug: (error) => logger.error({ err: error }, 'a request met a defect'),
  });
}

function statusWriter({ environment, name }: PodOptions, parts: PodParts, { pod, logger }: Surroundings): StatusWriter {
  return new StatusWriter({
    store: parts.artifacts,
    environment,
    pod: name,
    intervalMs: STATUS_INTERVAL_MS,
    build: () => pod.status(),
    onProblem: (problem) => logger.warn(`status: ${problem}`),
  });
}

/** Null where the pod counts nothing. */
function segmentWriter(
  { environment, name: pod, evidenceMs: intervalMs }: PodOptions,
  { artifacts: store, evidence: recorder, clock }: PodParts,
  { logger, onWritten }: { readonly logger: PodLogger; readonly onWritten: () => void },
): SegmentWriter | null {
  if (recorder === null || intervalMs === null) return null;
  const wallNow = Date.now;
  // The time makes runs of one pod readable in order; the rest tells two of one millisecond apart.
  const run = `${wallNow().toString(36)}${randomBytes(4).toString('hex')}`;
  return new SegmentWriter({
    ...{ store, recorder, environment, pod, run, intervalMs, wallNow, onWritten },
    eventNowUs: () => clock.nowUs(),
    onProblem: (problem) => logger.warn(`evidence: ${problem}`),
  });
}

interface Running {
  readonly pod: Pod;
  readonly app: FastifyInstance;
  readonly polling: Polling;
  readonly status: StatusWriter;
  readonly evidence: SegmentWriter | null;
}

async function closePod(parts: PodParts, { pod, app, polling, status, evidence }: Running): Promise<void> {
  const logs = [parts.predictions.segments, parts.outcomes.segments];
  pod.stop();
  polling.stop();
  await app.close();
  // Whose client hung up is answered to nobody, and logged all the same.
  await Promise.race([pod.drained(), sleep(DRAIN_MS, undefined, { ref: false })]);
  await Promise.all([polling.done, ...logs.map((log) => log.flush()), evidence?.close()]);
  // After the last counts, because it names their segment.
  await status.close();
  await pod.close();
  await Promise.all([...logs.map((log) => log.close()), closeStores(parts)]);
}
