import { US_PER_HOUR } from '../time/index.js';

/** How long the windows of event time are, by which evidence is counted. */
export const EVIDENCE_WINDOW_US = US_PER_HOUR;

/** Into how many groups units are counted. */
export const UNIT_GROUPS = 32;

/** In which part a version was asked. `candidate`: also another arm. `segment`: a release sends this part of the traffic to it. `fallback`: after another version had failed. `rule`: the champion's rule answered. */
export type EvidenceRoute = 'champion' | 'candidate' | 'shadow' | 'segment' | 'fallback' | 'rule';

/**
 * What one version did in one role, under one manifest, in one window of event time: counts only, no rows. Whole numbers everywhere, so cells of
 * the same key merge exactly, in any order.
 */
export interface EvidenceCell {
  readonly model: string;
  readonly version: number;
  /** Digest of the package: what the bins belong to. */
  readonly package: string;
  readonly route: EvidenceRoute;
  /** The manifest under which it was asked. */
  readonly serial: number;
  /** The segment of the manifest that the requests belong to; null: none of them. */
  readonly segment: string | null;
  /** Start of the window, event time of the requests, epoch microseconds; windows are an hour long. */
  readonly windowUs: number;
  /** How often the version was asked. */
  readonly asked: number;
  /** The same by `UNIT_GROUPS` groups of units (bucket modulo their number), so that requests of one unit are known to belong together; empty in shadow and after a failure of another. */
  readonly units: readonly number[];
  /** How often it failed to answer itself, by kind of failure (`timeout`, `error`, `not-finite` …), before a fallback hid it. */
  readonly failed: Readonly<Record<string, number>>;
  /** Answers with a reason to call them degraded. */
  readonly degraded: number;
  /** From asking to its score or failure: `[bin of latencyBin, count]`, by rising bin. */
  readonly latency: readonly (readonly [bin: number, count: number])[];
  /** Counts of its scores in the bins of its profile; empty when it gave none. */
  readonly score: readonly number[];
  /** Counts of its inputs, by feature in the order of its signature; empty when none was read. */
  readonly features: readonly (readonly number[])[];
  /** Its scores minus the champion's on the same requests, where both answered: shadow only. */
  readonly paired: PairedDifference | null;
}

/** Differences of scores in units of `PAIRED_UNIT`, rounded: whole numbers add exactly. */
export interface PairedDifference {
  readonly rows: number;
  readonly sum: number;
  readonly sumSquares: number;
}

export const PAIRED_UNIT = 1e-4;

/**
 * What a pod counted between two writes, at 100 % of traffic. Object `evidence/<env>/<pod>/segments/<day>/<wall ms>-<run>-<sequence>-<digest>.json`;
 * `digest` is the first 16 hex digits of the SHA-256 of its bytes, so a half-written one is recognised. Sequences of one run start with 1 and have no gaps: what a
 * store does not take is written again as it is, and what is counted meanwhile is merged into the next. A number that is left out says that counts were lost.
 */
export interface EvidenceSegment {
  readonly schema: 'signalbox/evidence-segment/2';
  readonly environment: string;
  readonly pod: string;
  /** Names the process: another one starts again with sequence 1. */
  readonly run: string;
  readonly sequence: number;
  /** Wall clock of the pod, epoch milliseconds: what was counted from and to. */
  readonly fromWallMs: number;
  readonly toWallMs: number;
  /** The pod's event clock at the end; 0 in a replay whose log has said nothing yet. */
  readonly eventNowUs: number;
  readonly cells: readonly EvidenceCell[];
}
