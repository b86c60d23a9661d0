import { stat } from 'node:fs/promises';
import { relative } from 'node:path';
import { canonicalJson, digestBytes, type SnapshotInputs } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';

/** Where it is kept which files gave a snapshot. */
export function snapshotInputsPrefix(snapshot: string): string {
  return `provenance/snapshots/${snapshot.slice('sha256:'.length)}/`;
}

/** Keeps which files gave a snapshot, so that lineage leads from a bad file to all that was made of it. The same files are kept once. */
export async function writeSnapshotInputs(
  { repo, source, store }: { readonly repo: string; readonly source: string; readonly store: BlobStore },
  taken: {
    readonly snapshot: string;
    /** `data.path` of the source. */
    readonly declared: string;
    readonly files: readonly string[];
    /** Digests, in the order of `files`. */
    readonly content: readonly string[];
  },
): Promise<void> {
  const { content, declared, files, snapshot } = taken;
  const named = files.map(async (file, at) => ({
    path: /[*?[]/.test(declared) ? insideOf(repo, file) : declared,
    digest: content[at]!,
    sizeBytes: (await stat(file)).size,
  }));
  const inputs: SnapshotInputs = {
    schema: 'signalbox/snapshot-inputs/1',
    source,
    snapshot,
    files: await Promise.all(named),
  };
  const text = canonicalJson(inputs);
  const name = digestBytes(text).slice('sha256:'.length);
  await store.write(`${snapshotInputsPrefix(snapshot)}${name}.json`, text);
}

function insideOf(repo: string, file: string): string {
  const path = relative(repo, file).replaceAll('\\', '/');
  return path.startsWith('../') ? file : path;
}
