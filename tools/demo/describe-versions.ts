import { join } from 'node:path';
import type { VersionRecord } from '@signalbox/contracts';
import { fetchPackage, readPackage } from '@signalbox/serving/artifacts';
import { type BlobStore, openBlobStore } from '@signalbox/serving/stores';
import { storeAddresses } from '../features/index.js';
import { loadWorkspace } from '../validate/index.js';
import { readEvaluationScores } from './evaluation-scores.js';
import { versionOutcomes } from './outcomes.js';
import type { DemoVersion } from './played.js';
import type { Proposed } from './release-steps.js';
import type { Publication } from './rollout-log.js';
import { ENVIRONMENT, MODEL, type Stage } from './stage.js';

/** Every recorded version, in order: what it is, how it did, and what became of it. */
export async function describeVersions(
  { scratch }: Stage,
  publications: readonly Publication[],
  proposed: readonly Proposed[],
): Promise<readonly DemoVersion[]> {
  const workspace = await loadWorkspace(scratch.work);
  const { environment } = workspace.environments.get(ENVIRONMENT)!;
  const store = openBlobStore(storeAddresses(scratch.work, environment).artifacts);
  const records = [...(workspace.versions.get(MODEL) ?? [])].sort(([a], [b]) => a - b);
  const outcomes = versionOutcomes(
    publications,
    new Map(records.map(([version, record]) => [version, record.package.digest])),
  );
  return Promise.all(
    records.map(async ([version, record]) => ({
      version,
      record,
      digest: record.package.digest,
      outcome: outcomes.get(version)!,
      features: await countFeatures(store, record, scratch.work),
      metrics: record.metrics,
      verdicts: record.verdicts,
      scores: await scoresOf(store, version, proposed),
    })),
  );
}

/** Each version was scored on the same rows when it was proposed. */
async function scoresOf(
  store: BlobStore,
  version: number,
  proposed: readonly Proposed[],
): Promise<DemoVersion['scores']> {
  const evaluation = proposed.find((one) => one.version === version)?.evaluation;
  return evaluation === undefined ? null : readEvaluationScores(store, evaluation.candidate);
}

async function countFeatures(store: BlobStore, record: VersionRecord, work: string): Promise<number> {
  const cacheDir = join(work, '.signalbox', 'cache');
  const { signature } = await readPackage(await fetchPackage(store, record.package.digest, { cacheDir }));
  return signature.features.length;
}
