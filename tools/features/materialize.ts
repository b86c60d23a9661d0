import { resolve } from 'node:path';
import {
  type Environment,
  type FeatureBundle,
  type Finding,
  SignalboxError,
  type SnapshotRecord,
  type VersionRecord,
  type Workspace,
} from '@signalbox/contracts';
import { openBlobStore, openEventLog, openOnlineStore, readJsonBlob } from '@signalbox/serving/stores';
import { type AppendRequest, type AppendResult, appendEvents } from './append-events.js';
import { type BackfilledView, backfill } from './backfill.js';

/** Where the stores of an environment are: folders relative to the repository become absolute. */
export function storeAddresses(repo: string, environment: Environment): Environment['stores'] {
  const { artifacts, log, online } = environment.stores;
  const place = (address: string) => (address.includes('://') ? address : resolve(repo, address));
  return { artifacts: place(artifacts), log: place(log), online: place(online) };
}

/** Errors: `input/unknown-reference`, naming the environments there are; `input/invalid-documents` where its document is there and cannot be read. */
export function environmentNamed(workspace: Workspace, name: string, findings: readonly Finding[] = []) {
  const found = workspace.environments.get(name);
  if (found) return found;
  const path = `releases/${name}/environment.yaml`;
  const broken = findings.filter(({ place }) => place.file === path);
  if (broken.length > 0) {
    const hint = `Mend ${path}: what holds for environment ${name} is said nowhere else.`;
    throw new SignalboxError('input/invalid-documents', `${path} cannot be read`, { hint, findings: broken });
  }
  throw new SignalboxError('input/unknown-reference', `there is no environment '${name}'`, {
    hint: `There are: ${[...workspace.environments.keys()].sort().join(', ') || 'none'}.`,
  });
}

/** A version as people write it: `flight-delay@3`. */
export interface VersionName {
  readonly model: string;
  readonly version: number;
}

/** Errors: `input/bad-argument`. */
export function parseVersionName(text: string): VersionName {
  const match = /^([a-z][a-z0-9_-]*)@([1-9][0-9]*)$/.exec(text);
  if (match) return { model: match[1]!, version: Number(match[2]) };
  throw new SignalboxError('input/bad-argument', `expected <model>@<version>, got '${text}'`, {
    hint: 'For example: flight-delay@1.',
  });
}

/** The versions that an environment's releases name. */
export function releasedVersions(workspace: Workspace, environment: string): VersionName[] {
  const { releases } = environmentNamed(workspace, environment);
  return [...releases].map(([model, { version }]) => ({ model, version }));
}

export interface VersionBackfillRequest {
  readonly repo: string;
  readonly workspace: Workspace;
  readonly environment: string;
  readonly versions: readonly VersionName[];
  readonly again: boolean;
  readonly onView?: (view: BackfilledView) => void;
  readonly signal: AbortSignal;
}

/** Fills the views of some versions into an environment's online store, each from the snapshot that the version was trained on. */
export async function backfillVersions(request: VersionBackfillRequest): Promise<readonly BackfilledView[]> {
  const { environment } = environmentNamed(request.workspace, request.environment);
  const addresses = storeAddresses(request.repo, environment);
  const store = openBlobStore(addresses.artifacts);
  const online = openOnlineStore(addresses.online);
  const log = openEventLog(addresses.log);
  try {
    const filled: BackfilledView[] = [];
    for (const name of request.versions) {
      const { trainedOn } = recordOf(request.workspace, name);
      const bundle = await readJsonBlob<FeatureBundle>(store, trainedOn.features);
      const snapshot = await readJsonBlob<SnapshotRecord>(store, trainedOn.snapshot);
      const snapshots = new Map([[snapshot.source, snapshot]]);
      filled.push(...(await backfill({ ...request, bundle, snapshots, store, online, log })));
    }
    return filled;
  } finally {
    await log.close();
    await online.close();
  }
}

/** Appends the rows of a file to an environment's event log. */
export async function appendToEnvironment(
  request: Omit<AppendRequest, 'log' | 'clock'> & { readonly workspace: Workspace; readonly environment: string },
): Promise<AppendResult> {
  const { environment } = environmentNamed(request.workspace, request.environment);
  const log = openEventLog(storeAddresses(request.repo, environment).log);
  try {
    return await appendEvents({ ...request, log, clock: environment.clock });
  } finally {
    await log.close();
  }
}

function recordOf(workspace: Workspace, { model, version }: VersionName): VersionRecord {
  const record = workspace.versions.get(model)?.get(version);
  if (record) return record;
  const known = [...(workspace.versions.get(model)?.keys() ?? [])].join(', ');
  throw new SignalboxError('input/unknown-reference', `there is no version ${version} of the model '${model}'`, {
    hint: known ? `There are: ${known}.` : `No version of '${model}' is recorded in models/${model}/versions/.`,
  });
}
