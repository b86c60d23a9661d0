import type { Model, Policy } from '@signalbox/contracts';
import type { Evaluation } from '../evaluation/index.js';

/** What the real serving runtime did with the package. */
export interface InfrastructureEvidence {
  /** Null when the runtime loaded the package; else why it did not. */
  readonly loadProblem: string | null;
  /** Null when the golden inputs gave their scores; else what differed. */
  readonly goldenProblem: string | null;
  /** 95th percentile of single-row calls, in milliseconds; null when none was made. */
  readonly latencyP95Ms: number | null;
  readonly latencyCalls: number;
  /** All files of the package. */
  readonly packageBytes: number;
}

/** Features of evaluation rows, recomputed as a pod reads them, against the dataset's. */
export interface ParityEvidence {
  readonly rows: number;
  /** Feature values compared. */
  readonly checked: number;
  readonly unexplained: number;
  /** One difference in words, if any. */
  readonly example: string | null;
}

/** Everything a gate may look at. Null evidence is missing evidence, and never passes. */
export interface GateInput {
  readonly model: Pick<Model, 'gates' | 'evaluation' | 'riskTier'>;
  readonly policy: Policy;
  readonly evaluation: Evaluation;
  /** Whether there is a live version to compare with. */
  readonly hasChampion: boolean;
  readonly infrastructure: InfrastructureEvidence | null;
  readonly parity: ParityEvidence | null;
}
