import {
  type DatasetRecord,
  digestJson,
  isSignalboxError,
  type SnapshotInputs,
  type SnapshotRecord,
} from '@signalbox/contracts';
import { type BlobStore, readJsonBlob } from '@signalbox/serving/stores';
import { snapshotInputsPrefix } from '../../ingest/index.js';
import type { DatasetFacts, SnapshotFacts } from './facts.js';

export async function snapshotFacts(store: BlobStore, digest: string): Promise<SnapshotFacts> {
  const inputs: SnapshotInputs[] = [];
  for await (const { key } of store.list(snapshotInputsPrefix(digest))) {
    const found = await store.read(key);
    inputs.push(...parseInputs(found?.bytes ?? new Uint8Array()));
  }
  return { digest, record: await readIfThere<SnapshotRecord>(store, digest), inputs };
}

/** What is no such record says nothing: then it is in doubt where the rows came from. */
function parseInputs(bytes: Uint8Array): readonly SnapshotInputs[] {
  try {
    const value = JSON.parse(Buffer.from(bytes).toString('utf8')) as SnapshotInputs;
    return value.schema === 'signalbox/snapshot-inputs/1' && Array.isArray(value.files) ? [value] : [];
  } catch {
    return [];
  }
}

export async function datasetFacts(store: BlobStore, digest: string): Promise<DatasetFacts> {
  const record = await readIfThere<DatasetRecord>(store, digest);
  return { digest, record, snapshots: record === null ? [] : await snapshotsOf(store, record.snapshot) };
}

/** A dataset of one source names its snapshot. One of several names the digest of their list, so the list that has it is looked for. */
async function snapshotsOf(store: BlobStore, named: string): Promise<readonly string[]> {
  if ((await readIfThere<SnapshotRecord>(store, named)) !== null) return [named];
  const bySource = await listSnapshots(store);
  return listWithDigest([...bySource.values()], named) ?? [];
}

/** Digests of every snapshot in the store, by source. */
export async function listSnapshots(store: BlobStore): Promise<ReadonlyMap<string, readonly string[]>> {
  const found = new Map<string, string[]>();
  for await (const { key } of store.list('snapshots/')) {
    const [, source, hex] = /^snapshots\/([^/]+)\/([0-9a-f]{64})\.json$/.exec(key) ?? [];
    if (source !== undefined) found.set(source, [...(found.get(source) ?? []), `sha256:${hex}`]);
  }
  return found;
}

/** How many lists are tried before the search gives up. */
const MAX_LISTS = 100_000;

/** At most one snapshot of each source, in any order, so that the list has a digest. */
export function listWithDigest(bySource: readonly (readonly string[])[], digest: string): readonly string[] | null {
  let tried = 0;
  const extend = (list: readonly string[], left: readonly (readonly string[])[]): readonly string[] | null => {
    if (list.length > 1 && digestJson(list) === digest) return list;
    for (const [at, snapshots] of left.entries()) {
      const others = left.filter((_, index) => index !== at);
      for (const snapshot of snapshots) {
        tried += 1;
        if (tried > MAX_LISTS) return null;
        const found = extend([...list, snapshot], others);
        if (found !== null) return found;
      }
    }
    return null;
  };
  return extend([], bySource);
}

async function readIfThere<T>(store: BlobStore, digest: string): Promise<T | null> {
  try {
    return await readJsonBlob<T>(store, digest);
  } catch (error) {
    if (isSignalboxError(error) && error.code === 'store/not-found') return null;
    throw error;
  }
}
