import {
  type CompiledAggregateView,
  type FeatureBundle,
  quoteText,
  SignalboxError,
  type SnapshotRecord,
} from '@signalbox/contracts';
import { layoutOfView } from '@signalbox/serving/features';
import {
  type BlobStore,
  blobKey,
  type EventLog,
  type OnlineStore,
  type PartitionOffsets,
} from '@signalbox/serving/stores';
import { withDuckDb } from '../duckdb/index.js';
import { oldestEventUs, viewStateAsOf } from './view-state.js';

export interface BackfillRequest {
  readonly bundle: Pick<FeatureBundle, 'views'>;
  /** The snapshot of each source that the views read. */
  readonly snapshots: ReadonlyMap<string, SnapshotRecord>;
  readonly store: BlobStore;
  readonly online: OnlineStore;
  readonly log: EventLog;
  /** Fill views again that the online store already holds. */
  readonly again?: boolean;
  readonly onView?: (view: BackfilledView) => void;
  readonly signal?: AbortSignal;
}

export interface BackfilledView {
  readonly view: string;
  readonly digest: string;
  /** Zero and `kept` where the store held the view already. */
  readonly entities: number;
  readonly kept: boolean;
  readonly asOfUs: number;
}

/**
 * Fills the online store with the views of a bundle from snapshots, so that a new view is served complete: tiles of all that was observed by the snapshot's end,
 * and the log's offsets from there, where the materializer goes on. Errors: `input/unknown-reference` for a source without a snapshot.
 */
export async function backfill(request: BackfillRequest): Promise<readonly BackfilledView[]> {
  const views = request.bundle.views.filter((view) => view.kind === 'aggregate');
  // All are looked at before the first is filled, so that a wrong one leaves nothing half-done.
  for (const view of views) layoutOfView(view);
  const filled: BackfilledView[] = [];
  for (const view of views) {
    request.signal?.throwIfAborted();
    const result = await backfillView(request, view);
    request.onView?.(result);
    filled.push(result);
  }
  return filled;
}

async function backfillView(request: BackfillRequest, view: CompiledAggregateView): Promise<BackfilledView> {
  const { online, snapshots } = request;
  const snapshot = snapshots.get(view.source.name);
  if (snapshot === undefined) throw noSnapshot(view);
  const asOfUs = snapshot.untilUs;
  const known = { view: view.name, digest: view.digest, asOfUs };
  if (!request.again && (await online.appliedOffsets(view.digest)) !== null)
    return { ...known, entities: 0, kept: true };
  const events = await eventsRelation(request.store, snapshot, oldestEventUs(view, asOfUs));
  const options = request.signal ? { signal: request.signal } : {};
  const writes =
    events === null ? [] : await withDuckDb(options, (database) => viewStateAsOf(database, { view, events, asOfUs }));
  const offsets = await offsetsAfter(request.log, view.source.name, asOfUs);
  await online.loadView(view, { writes, untilUs: asOfUs, offsets });
  return { ...known, entities: writes.length, kept: false };
}

/** The snapshot's files that can hold events since `fromUs`, as one relation; null where there is none. */
async function eventsRelation(store: BlobStore, snapshot: SnapshotRecord, fromUs: number): Promise<string | null> {
  const firstMonth = new Date(fromUs / 1000).toISOString().slice(0, 7);
  const files = snapshot.files.filter((file) => file.month >= firstMonth);
  if (files.length === 0) return null;
  const paths = await Promise.all(files.map((file) => store.localPath(blobKey(file.digest))));
  return `read_parquet([${paths.map(quoteText).join(', ')}])`;
}

async function offsetsAfter(log: EventLog, topic: string, arrivalTs: number): Promise<PartitionOffsets> {
  const offsets: Record<number, number> = {};
  for (const partition of (await log.endOffsets(topic)).keys())
    offsets[partition] = await log.offsetAfterArrival(topic, partition, arrivalTs);
  return offsets;
}

function noSnapshot(view: CompiledAggregateView): SignalboxError {
  return new SignalboxError(
    'input/unknown-reference',
    `the view ${view.name} reads ${view.source.name}, of which no snapshot was given`,
    {
      hint: `Take one: \`signalbox ingest ${view.source.name} --until <time>\`.`,
    },
  );
}
