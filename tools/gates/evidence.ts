import type { BlockingGates, Model } from '@signalbox/contracts';
import type { Evaluation } from '../evaluation/index.js';

/** What the model does without some of its inputs. */
export interface MissingValueEvidence {
  readonly features: number;
  readonly trainingRows: number;
  /** The features without which it gives no score, and how many training rows lack each. */
  readonly unscored: readonly { readonly name: string; readonly missingRows: number }[];
  /** Whether it gives a score when every feature is missing. */
  readonly scoredWithoutAny: boolean;
}

/** What the real serving runtime did with the package, in a process of its own. */
export interface InfrastructureEvidence {
  /** Null when the runtime loaded the package; else why it did not. */
  readonly loadProblem: string | null;
  /** Null when the golden inputs gave their scores; else what differed. */
  readonly goldenProblem: string | null;
  /** Null when it was not tried. */
  readonly missing: MissingValueEvidence | null;
  /** 95th percentile of single-row calls, in milliseconds; null when none was made. */
  readonly latencyP95Ms: number | null;
  readonly latencyCalls: number;
  /** Processor time of the process for one of these calls, in milliseconds; null when none was made. */
  readonly servingCpuMs: number | null;
  /** How much the process grew at most while it loaded the package and answered; null when it did not answer. */
  readonly memoryBytes: number | null;
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

/** Which features read what the label is made of, and when the branch's own source declares that to be known. */
export interface DeclaredTimesEvidence {
  /** The columns that the label's expression reads. */
  readonly labelColumns: readonly string[];
  /** Features that read one of them in past events. */
  readonly pastReaders: readonly string[];
  /** The sources of those past events: the label's, or others that read the same data. */
  readonly pastSources: readonly string[];
  /** Features that read one of them in the very row that is to be predicted. */
  readonly requestReaders: readonly string[];
  readonly rows: number;
  /** Training rows whose label is declared to be known at its time already, or before. */
  readonly knownEarly: number;
  /** Some of them. */
  readonly examples: readonly LabelTimes[];
}

export interface LabelTimes {
  readonly labelId: string;
  readonly atUs: number;
  readonly knownAtUs: number;
}

/** Features of training rows, recomputed from events in the order in which the main branch's source says that they arrived. */
export interface ReplayEvidence {
  /** How many features read past events: without one nothing can arrive too early. */
  readonly pastFeatures: number;
  /** Sources whose data the main branch does not read, under any name. */
  readonly newSources: readonly string[];
  readonly rows: number;
  readonly checked: number;
  /** Events that the branch declares to be known earlier, or later, than the main branch does. */
  readonly earlierEvents: number;
  readonly laterEvents: number;
  readonly differences: readonly FeatureDifference[];
}

/** One value that was trained on and is not what was known. */
export interface FeatureDifference {
  readonly feature: string;
  readonly labelId: string;
  readonly atUs: number;
  /** Null is missing. */
  readonly trained: number | null;
  readonly known: number | null;
}

/** Labels that are both trained on and evaluated on. */
export interface OverlapEvidence {
  readonly trainingRows: number;
  readonly evaluationRows: number;
  readonly shared: number;
  readonly examples: readonly string[];
}

/** Null evidence is missing evidence. */
export interface LeakEvidence {
  readonly declared: DeclaredTimesEvidence | null;
  readonly replay: ReplayEvidence | null;
  readonly overlap: OverlapEvidence | null;
}

/** Everything a gate may look at. Null evidence is missing evidence, and never passes. */
export interface GateInput {
  readonly model: Pick<Model, 'gates' | 'evaluation' | 'riskTier'>;
  /** What the policy makes block, all that a gate may read of it. */
  readonly blockingGates: BlockingGates;
  readonly evaluation: Evaluation;
  /** Whether there is a live version to compare with. */
  readonly hasChampion: boolean;
  readonly infrastructure: InfrastructureEvidence | null;
  readonly parity: ParityEvidence | null;
  readonly leak: LeakEvidence | null;
}
