import { isSignalboxError, MS_PER_HOUR, MS_PER_MINUTE, type PodStatus, visible } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { parsePodStatus } from './pod-status.js';
import { podsOf } from './pods.js';
import { RunReader } from './run-reader.js';
import type { ModelEvidence } from './segment-run.js';

/** What one pod says, and what makes it count or not. */
export interface PodReport {
  /** The name of its folder: a pod may write nowhere else. */
  readonly pod: string;
  /** Null when what lies there is no status of this pod. */
  readonly status: PodStatus | null;
  /** Written recently enough to say what is happening now. */
  readonly fresh: boolean;
  /** Why nothing of it can be believed, as a sentence's end. */
  readonly problem: string | null;
  /** Of the models asked for, where the pod is fresh: what it counted under the manifest that it says it applied. */
  readonly models: ReadonlyMap<string, ModelEvidence>;
}

export interface PodQuestion {
  readonly environment: string;
  /** Whose evidence is wanted; statuses come in any case. */
  readonly models: readonly string[];
  /** How old a status may be. */
  readonly staleMs: number;
}

/** Pods write at least once in their poll interval, so three of them without a word mean that a pod is gone. */
const POLLS_UNTIL_STALE = 3;
/** Pods that poll very often still get time to be scheduled. */
const MIN_STALE_MS = 15_000;
const MAX_STATUS_BYTES = 1024 * 1024;
const LONG_SILENT_MS = MS_PER_HOUR;
const LOOK_AGAIN_MS = MS_PER_MINUTE;
/** How far a pod's clock may be from ours, or from itself, before nothing is believed that it dates. */
export const MAX_SKEW_MS = MS_PER_MINUTE;

export function staleAfterMs(podPollMs: number): number {
  return Math.max(POLLS_UNTIL_STALE * podPollMs, MIN_STALE_MS);
}

interface SeenStatus {
  readonly etag: string;
  readonly status: PodStatus | null;
  readonly readAtMs: number;
}

/**
 * The statuses and the evidence of an environment's pods, from the artifact store: a status is read again when it changed, a segment once. Absent evidence
 * is an empty answer, never an error; what a pod wrote wrongly is that pod's problem alone. Errors: `store/unavailable`.
 */
export class PodReports {
  readonly #store: BlobStore;
  readonly #wallNow: () => number;
  readonly #statuses = new Map<string, SeenStatus>();
  readonly #runs = new Map<string, RunReader>();

  constructor(store: BlobStore, wallNow: () => number) {
    this.#store = store;
    this.#wallNow = wallNow;
  }

  async read(question: PodQuestion): Promise<readonly PodReport[]> {
    const pods = await podsOf(this.#store, question.environment);
    const reports = await Promise.all(pods.map((pod) => this.#report(pod, question)));
    return reports.filter((one) => one !== null);
  }

  /** Null for a folder without a status. */
  async #report(pod: string, question: PodQuestion): Promise<PodReport | null> {
    const nothing = { pod, status: null, fresh: false, models: new Map<string, ModelEvidence>() };
    const status = await this.#status(`evidence/${question.environment}/${pod}/status.json`);
    if (status === undefined) return null;
    if (status === null) return { ...nothing, problem: 'what it wrote is no status' };
    if (status.pod !== pod || status.environment !== question.environment) {
      return { ...nothing, problem: claimsOther(status) };
    }
    const silentMs = this.#wallNow() - status.writtenAtMs;
    if (silentMs < -MAX_SKEW_MS) return { ...nothing, status, problem: isAhead(-silentMs) };
    const fresh = silentMs <= question.staleMs;
    if (!fresh) this.#runs.delete(`${status.environment}/${pod}`);
    if (!fresh || question.models.length === 0) return { ...nothing, status, fresh, problem: null };
    return this.#withEvidence(status, question.models);
  }

  async #withEvidence(status: PodStatus, models: readonly string[]): Promise<PodReport> {
    const serials = new Map(
      models.flatMap((model) => {
        const serial = status.models[model]?.appliedSerial ?? null;
        return serial === null ? [] : [[model, serial] as const];
      }),
    );
    const { segments } = await this.#followed(status, serials);
    const { sequence } = status.evidence;
    const evidence = [...serials].map(
      ([model, serial]) => [model, segments.evidenceOf(model, serial, sequence)] as const,
    );
    const problem = clockProblem(status, segments.newestWallMs, this.#wallNow());
    return { pod: status.pod, status, fresh: true, problem, models: new Map(evidence) };
  }

  async #followed(status: PodStatus, serials: ReadonlyMap<string, number>): Promise<RunReader> {
    const { environment, evidence, pod } = status;
    const key = `${environment}/${pod}`;
    const known = this.#runs.get(key);
    const models = [...serials.keys()];
    const reader = known?.follows(evidence.run, models) ? known : new RunReader(this.#store, evidence.run, models);
    this.#runs.set(key, reader);
    await reader.catchUp(status, serials);
    return reader;
  }

  /** Undefined: there is none. */
  async #status(key: string): Promise<PodStatus | null | undefined> {
    const cached = this.#statuses.get(key);
    const nowMs = this.#wallNow();
    if (cached && isLongGone(cached, nowMs)) return cached.status;
    const found = await this.#store
      .readIfChanged(key, cached?.etag ?? null, { maxBytes: MAX_STATUS_BYTES })
      .catch(tooLarge);
    if (found === 'too large') return null;
    if (found === null) return undefined;
    const seen = found === 'unchanged' ? cached! : { etag: found.etag, status: parsePodStatus(found.bytes) };
    this.#statuses.set(key, { ...seen, readAtMs: nowMs });
    return seen.status;
  }
}

/** Where pods get a new name whenever they start, most folders are of pods that are gone: those are looked at now and then. */
function isLongGone({ readAtMs, status }: SeenStatus, nowMs: number): boolean {
  return status !== null && nowMs - status.writtenAtMs > LONG_SILENT_MS && nowMs - readAtMs < LOOK_AGAIN_MS;
}

function tooLarge(error: unknown): 'too large' {
  if (isSignalboxError(error) && error.code === 'store/too-large') return 'too large';
  throw error;
}

/** The status is written after the segments that it names, by the same clock. */
function clockProblem({ writtenAtMs }: PodStatus, newestWallMs: number, wallNowMs: number): string | null {
  if (newestWallMs - wallNowMs > MAX_SKEW_MS) return isAhead(newestWallMs - wallNowMs);
  if (newestWallMs - writtenAtMs <= MAX_SKEW_MS) return null;
  return `its clock disagrees with itself: a segment ends ${seconds(newestWallMs - writtenAtMs)} after the status that names it`;
}

const claimsOther = ({ environment, pod }: PodStatus): string =>
  `its status claims to be of pod ${visible(pod, 100)} in ${visible(environment, 100)}`;
const isAhead = (ms: number): string => `its clock is ${seconds(ms)} ahead`;
const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
