import type { RolloutManifest } from '../documents/rollout-manifest.js';

/**
 * What a pod says of itself, written to `evidence/<env>/<pod>/status.json` in the artifact store and read by the reconciler and by
 * `signalbox status`. Event times are epoch microseconds, wall times epoch milliseconds.
 */
export interface PodStatus {
  readonly schema: 'signalbox/pod-status/2';
  readonly pod: string;
  readonly environment: string;
  readonly startedAtMs: number;
  readonly writtenAtMs: number;
  /** The pod's event clock when this was written. */
  readonly eventNowUs: number;
  readonly address: string;
  /** The last segment of evidence that is in the store, by the process that wrote it; sequence 0: none yet. Written after the segment, never before. */
  readonly evidence: { readonly run: string; readonly sequence: number };
  readonly models: Readonly<Record<string, PodModelStatus>>;
}

export interface PodModelStatus {
  /** The manifest that was taken last: what is counted now is its evidence. */
  readonly appliedSerial: number | null;
  /** The manifest that answers come by: the one that was taken, or what is left of the rejected one; null: nothing answers. A pod of before does not say it. */
  readonly servedSerial: number | null;
  readonly rejected: PodRefusal | null;
  /** What stands beside the rollout (a fallback, the version of a segment) and this pod serves without, until it can use it. Empty: nothing. */
  readonly unusable: readonly UnusableVersion[];
  /** Wall milliseconds since the trusted timestamp was last verified as fresh. */
  readonly staleMs: number;
  readonly frozen: boolean;
  readonly loaded: readonly { readonly version: number; readonly digest: string }[];
  /** Of the manifest that serves: what an answer may take; null: none serves. */
  readonly limits: RolloutManifest['limits'] | null;
  /** A version that this pod asks no more under this manifest, because it failed too often while others answered; null: none. */
  readonly breaker: PodBreaker | null;
}

export interface PodRefusal {
  readonly serial: number;
  readonly reason: string;
  /** The versions that it is about: what lives or is tried, and this pod cannot use. Empty: the reason is about no version. */
  readonly versions: readonly Pick<UnusableVersion, 'version' | 'broken'>[];
}

export interface UnusableVersion {
  readonly version: number;
  readonly reason: string;
  /** The package is what was published, and does not work; otherwise something is not there (yet), such as its feature views or its bytes. */
  readonly broken: boolean;
}

export interface PodBreaker {
  readonly version: number;
  readonly serial: number;
  readonly sinceMs: number;
  /** As a sentence's end: what was seen. */
  readonly reason: string;
}

/**
 * One answer, or a request that got none: a line of `evidence/<env>/<pod>/predictions/<segment>.jsonl`. A sample by rate, and besides it everything in
 * which a version failed.
 */
export interface PredictionRecord {
  readonly id: string;
  readonly model: string;
  /** Who answered; where nobody did, the version that was chosen. */
  readonly version: number;
  readonly package: string;
  readonly serial: number;
  /** T of the request, epoch microseconds. */
  readonly atUs: number;
  readonly wallMs: number;
  /** `pinned`: the caller named the version, so the answer is no evidence about the rollout. `none`: nobody could answer. */
  readonly role: 'champion' | 'candidate' | 'shadow' | 'segment' | 'fallback' | 'rule' | 'pinned' | 'none';
  readonly degraded: string | null;
  /** Null where nobody answered, and for a shadow copy that failed. */
  readonly score: number | null;
  /** Versions that gave no score, in order; `reason` is the kind of failure, as in the cells of the evidence, or why it was not asked: `cut-off` (the breaker is open), `not-loaded`. */
  readonly failures: readonly { readonly version: number; readonly reason: string }[];
  /** Whether it is in the sample by rate. False: kept only because a version was asked and failed, so statistics that weigh by the rate leave it out. */
  readonly sampled: boolean;
  readonly entities: Readonly<Record<string, readonly (string | number)[]>>;
  readonly request: Readonly<Record<string, number | string | boolean | null>>;
  /** In the order of the package's signature; null is NULL. Empty when none were read. */
  readonly features: readonly (number | null)[];
  /** Features that the caller sent itself, by `view.feature`: nothing of ours can recompute them. */
  readonly provided: readonly string[];
  readonly token: FeatureToken;
}

/** Where each view stood when the features were read: replaying the log to these offsets gives the same vector. */
export interface FeatureToken {
  readonly atUs: number;
  /** By view digest: applied offset (exclusive) of each partition read. */
  readonly views: Readonly<Record<string, Readonly<Record<number, number>>>>;
}

/** One outcome that came back, a line of `evidence/<env>/<pod>/outcomes/<segment>.jsonl`. */
export interface OutcomeRecord {
  readonly predictionId: string;
  readonly model: string;
  readonly outcome: number | boolean;
  readonly observedAtUs: number;
  readonly wallMs: number;
}
