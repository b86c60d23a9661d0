import type { FeatureBundle, SnapshotRecord } from '@signalbox/contracts';
import { type IngestRequest, ingestSource } from '../ingest/index.js';

/** Snapshots of the sources that a bundle's views read, and of any others that are named. */
export async function takeSnapshots(
  request: Omit<IngestRequest, 'source'>,
  { bundle, also = [] }: { readonly bundle: FeatureBundle; readonly also?: readonly string[] },
): Promise<ReadonlyMap<string, { readonly digest: string; readonly snapshot: SnapshotRecord }>> {
  const read = bundle.views.flatMap((view) => (view.kind === 'aggregate' ? [view.source.name] : []));
  const snapshots = new Map<string, { digest: string; snapshot: SnapshotRecord }>();
  for (const source of new Set([...also, ...read])) snapshots.set(source, await ingestSource({ ...request, source }));
  return snapshots;
}
