import type {
  DatasetRecord,
  OutcomeRecord,
  PredictionRecord,
  RolloutManifest,
  RunRecord,
  SnapshotInputs,
  SnapshotRecord,
  VersionRecord,
} from '@signalbox/contracts';

/** All that was found in Git and in the store, before it becomes a graph. Null: it is not there any more, or never was. */
export interface LineageFacts {
  readonly environment: string;
  readonly snapshots: readonly SnapshotFacts[];
  readonly datasets: readonly DatasetFacts[];
  readonly runs: readonly RunFacts[];
  readonly versions: readonly VersionFacts[];
  readonly releases: readonly ReleaseFacts[];
  readonly manifests: readonly ManifestFacts[];
  readonly prediction: PredictionFacts | null;
  readonly answered: readonly AnsweredFacts[];
  /** Why `answered` may be too low, a sentence each. */
  readonly uncounted: readonly string[];
}

export interface CommitFacts {
  readonly commit: string;
  readonly author: string;
  /** ISO 8601, of the commit. */
  readonly at: string;
  readonly subject: string;
}

/** A merged pull request, and the people who agreed to the very commit that was merged. */
export interface PullRequestFacts {
  readonly number: number;
  readonly title: string;
  readonly author: string;
  readonly approvedBy: readonly string[];
  readonly mergeCommit: string;
}

/** A change of the main branch: null where it came without a pull request. */
export interface ChangeFacts extends CommitFacts {
  readonly pullRequest: PullRequestFacts | null;
}

/** A document as a commit had it; `changed` is the newest commit that touched it until then. */
export interface DefinitionFacts {
  readonly path: string;
  readonly role: 'source' | 'entity' | 'feature view' | 'model card';
  readonly changed: CommitFacts;
}

export interface SnapshotFacts {
  readonly digest: string;
  readonly record: SnapshotRecord | null;
  /** The files that it was read from, one entry for each time that other files gave the same rows. */
  readonly inputs: readonly SnapshotInputs[];
}

export interface DatasetFacts {
  readonly digest: string;
  readonly record: DatasetRecord | null;
  /** Digests of the snapshots that it was built from; empty when they cannot be found. */
  readonly snapshots: readonly string[];
}

export interface RunFacts {
  readonly id: string;
  readonly model: string;
  readonly commit: string;
  readonly dataset: string;
  readonly features: string;
  readonly codeTree: string;
  readonly record: RunRecord | null;
  readonly definitions: readonly DefinitionFacts[];
  /** Why the definitions may not be those that the run had; null when compiling them again gave the same digest. */
  readonly definitionsDoubt: string | null;
}

export interface VersionFacts {
  readonly model: string;
  readonly version: number;
  readonly record: VersionRecord;
  /** How the record came to the main branch. */
  readonly recorded: ChangeFacts | null;
  /** Why this may not be the record of what answered; null when it names the package that the manifest names. */
  readonly doubt: string | null;
}

/** A state of a release file on the main branch. */
export interface ReleaseFacts {
  readonly model: string;
  readonly version: number;
  readonly path: string;
  readonly change: ChangeFacts;
  readonly doubt: string | null;
}

export interface ManifestFacts {
  readonly manifest: RolloutManifest;
  readonly digest: string;
  /** `signed`: the present one, with all signatures. `chained`: a signed one leads to it by the digests that each manifest names. */
  readonly proof: 'signed' | 'chained';
  /** The commit of the release that it carries out; null when that is not on the main branch. */
  readonly release: string | null;
}

export interface PredictionFacts {
  readonly id: string;
  readonly model: string;
  readonly version: number;
  readonly serial: number;
  readonly pod: string;
  readonly wallMs: number;
  readonly logged: PredictionRecord | null;
  readonly outcomes: readonly OutcomeRecord[];
  /** What does not fit, a sentence each. */
  readonly doubts: readonly string[];
}

/** What a package answered. */
export interface AnsweredFacts {
  readonly package: string;
  /** In the prediction log, which may be a sample, by pod. */
  readonly logged: Readonly<Record<string, number>>;
  /** All of its answers, by the counts that pods write of everything. */
  readonly all: number;
}
