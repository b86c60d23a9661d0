import type { Verdict } from '@signalbox/contracts';

/** All that a report shows, measured elsewhere. Wall times are epoch milliseconds, event times epoch microseconds. */
export interface ReportData {
  readonly title: string;
  readonly model: string;
  readonly environment: string;
  readonly generatedAtMs: number;
  readonly requests: RequestCounts;
  readonly acts: readonly ReportAct[];
  /** Of everything, the acts and what lies before and between them. */
  readonly wallSeconds: number;
  readonly versions: readonly ReportVersion[];
  readonly rollout: readonly RolloutEntry[];
  readonly traffic: readonly TrafficBin[];
  readonly rollback: ReportRollback | null;
  readonly parity: ReportParity | null;
}

export interface RequestCounts {
  readonly total: number;
  /** No useful answer. */
  readonly failed: number;
  /** A useful answer by a lesser way; by reason. */
  readonly degraded: Readonly<Record<string, number>>;
  readonly medianMs: number;
  readonly p99Ms: number;
}

export interface ReportAct {
  readonly name: string;
  readonly seconds: number;
  /** What happened and why, a sentence each. */
  readonly story: readonly string[];
}

export interface ReportVersion {
  readonly version: number;
  readonly digest: string;
  readonly outcome: 'live' | 'blocked' | 'rolled-back' | 'superseded';
  readonly features: number;
  readonly metrics: Readonly<Record<string, { readonly value: number; readonly interval?: readonly [number, number] }>>;
  readonly verdicts: readonly Verdict[];
  /** Scores on the evaluation rows; the same rows for every version of a report. */
  readonly scores: ScoredRows | null;
}

export interface ScoredRows {
  readonly labels: Uint8Array;
  readonly scores: Float64Array;
}

/** One published manifest. */
export interface RolloutEntry {
  readonly wallMs: number;
  readonly eventUs: number;
  readonly serial: number;
  readonly phase: string;
  readonly champion: number;
  readonly candidate: number | null;
  /** Share of units that the candidate answers, 0 to 1. */
  readonly share: number;
  /** Share of the traffic that the candidate gets copies of, 0 to 1. */
  readonly shadowShare: number;
  /** Why the reconciler published it. */
  readonly reason: string;
}

/** Answers of one version within one slice of event time. */
export interface TrafficBin {
  readonly eventUs: number;
  readonly version: string;
  readonly answers: number;
}

export interface ReportRollback {
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly seconds: number;
  readonly allowedSeconds: number;
  /** What the allowance is made of, in words. */
  readonly allowance: string;
  /** Seconds since the revert stood on main (negative before), and which version answered. */
  readonly answers: readonly { readonly atSeconds: number; readonly version: string }[];
}

export interface ReportParity {
  readonly checked: number;
  readonly unexplained: number;
  /** Other classes of difference, each with its count and what it means. */
  readonly classes: readonly { readonly name: string; readonly count: number; readonly meaning: string }[];
}
