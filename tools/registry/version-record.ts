import type { RunRecord, Verdict, VersionRecord } from '@signalbox/contracts';
import { stringify } from 'yaml';
import type { Evaluation } from '../evaluation/index.js';
import type { InfrastructureEvidence } from '../gates/index.js';
import type { BuiltPackage } from './build-package.js';

export interface VersionFacts {
  readonly built: BuiltPackage;
  readonly run: Omit<RunRecord, 'schema'>;
  readonly commit: string;
  readonly trainingData: {
    readonly snapshot: string;
    readonly rows: number;
    readonly from: string;
    readonly to: string;
  };
  readonly evaluation: Evaluation;
  readonly infrastructure: Pick<InfrastructureEvidence, 'servingCpuMs'> | null;
  readonly verdicts: readonly Verdict[];
  readonly boundTo: VersionRecord['boundTo'];
}

/** The immutable record of a gated version. Pure: the same facts give the same record. */
export function versionRecord({ built, run, commit, trainingData, ...facts }: VersionFacts): VersionRecord {
  const servingCpuMs = facts.infrastructure?.servingCpuMs;
  return {
    package: { digest: built.digest, sizeBytes: built.sizeBytes },
    run: run.id,
    commit,
    trainedOn: {
      dataset: run.dataset,
      snapshot: trainingData.snapshot,
      features: run.features,
      codeTree: run.codeTree,
      environment: run.environment,
      from: trainingData.from,
      to: trainingData.to,
      rows: trainingData.rows,
    },
    parameters: { ...run.parameters },
    seed: run.seed,
    metrics: { ...facts.evaluation.overall.candidate.metrics },
    verdicts: [...facts.verdicts],
    boundTo: facts.boundTo,
    cost: {
      cpuSeconds: run.cpuSeconds,
      peakBytes: run.peakBytes,
      ...(servingCpuMs == null ? {} : { servingCpuMs }),
      storedBytes: built.contentBytes,
    },
  };
}

/** The record as the file in Git, `models/<name>/versions/<n>.yaml`. */
export function formatVersionRecord(record: VersionRecord): string {
  const body = stringify(record, { lineWidth: 120, aliasDuplicateObjects: false });
  return `# Written by \`signalbox speak\` from a verdict that it made again. A record is never edited: a change is a new version.\n${body}`;
}

export function versionPath(model: string, version: number): string {
  return `models/${model}/versions/${version}.yaml`;
}
