import {
  type FeatureBundle,
  type PredictionRecord,
  SignalboxError,
  type SnapshotRecord,
  type VersionRecord,
  type Workspace,
} from '@signalbox/contracts';
import { type BlobStore, openBlobStore, openEventLog, readJsonBlob } from '@signalbox/serving/stores';
import { samplePredictions } from '../evidence/index.js';
import { environmentNamed, storeAddresses } from './materialize.js';
import { checkParity, type ParityGroup, type ParityReport } from './parity.js';

export interface EnvironmentParityRequest {
  readonly repo: string;
  readonly workspace: Workspace;
  readonly environment: string;
  readonly model?: string;
  /** How many answers to recompute at most. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

export interface EnvironmentParity extends ParityReport {
  readonly logged: number;
  /** Logged answers without a complete vector: they were degraded, and there is nothing to compare. */
  readonly withoutFeatures: number;
}

/** Checks logged answers of an environment: a sample over all pods, packages and versions. Errors: `input/unknown-reference` for a package that no version has. */
export async function checkEnvironmentParity(request: EnvironmentParityRequest): Promise<EnvironmentParity> {
  const { environment } = environmentNamed(request.workspace, request.environment);
  const addresses = storeAddresses(request.repo, environment);
  const store = openBlobStore(addresses.artifacts);
  const log = openEventLog(addresses.log);
  try {
    const { sample, ...counts } = await samplePredictions(store, request);
    const groups = await groupByPackage(request.workspace, store, sample);
    return { ...(await checkParity({ groups, store, log, signal: request.signal })), ...counts };
  } finally {
    await log.close();
  }
}

async function groupByPackage(
  workspace: Workspace,
  store: BlobStore,
  records: readonly PredictionRecord[],
): Promise<ParityGroup[]> {
  const groups: ParityGroup[] = [];
  for (const digest of new Set(records.map((record) => record.package))) {
    const own = records.filter((record) => record.package === digest);
    const { trainedOn } = versionOfPackage(workspace, own[0]!);
    const bundle = await readJsonBlob<FeatureBundle>(store, trainedOn.features);
    const snapshot = await readJsonBlob<SnapshotRecord>(store, trainedOn.snapshot);
    groups.push({ bundle, snapshots: new Map([[snapshot.source, snapshot]]), records: own });
  }
  return groups;
}

function versionOfPackage(workspace: Workspace, record: PredictionRecord): VersionRecord {
  for (const version of workspace.versions.get(record.model)?.values() ?? [])
    if (version.package.digest === record.package) return version;
  throw new SignalboxError(
    'input/unknown-reference',
    `answers of ${record.model} were served by the package ${record.package}, which no version record of this work tree has`,
    { hint: 'Run this on an up-to-date work tree: `git pull`.' },
  );
}
