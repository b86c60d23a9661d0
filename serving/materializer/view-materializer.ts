import { type CompiledAggregateView, SignalboxError } from '@signalbox/contracts';
import { layoutOfView } from '../features/index.js';
import type { EventLog, OnlineStore, PartitionOffsets, RegisteredView } from '../stores/index.js';
import { compileEventReader, type EventReader } from './read-event.js';
import type { RejectedSink } from './rejected-events.js';
import { EntityCache, sortBatch } from './view-folder.js';

/** Events read, folded and committed together: large enough to coalesce a busy entity's events, small enough to be quick. */
export const BATCH_EVENTS = 20_000;

/** What a materializer works on. */
export interface MaterializerStores {
  readonly log: Pick<EventLog, 'read' | 'endOffsets'>;
  readonly online: OnlineStore;
  /** Absent: refused events are counted only. */
  readonly rejected?: RejectedSink;
}

/** Events of one batch, by what became of them. An event with a NULL key is consumed and counts for nobody. */
export interface StepResult {
  readonly consumed: number;
  readonly applied: number;
  readonly late: number;
  readonly malformed: number;
}

export const NOTHING: StepResult = { consumed: 0, applied: 0, late: 0, malformed: 0 };

/**
 * Keeps one view fresh: reads the log from the view's applied offset, folds, and commits values with the new offset. A crash before the commit repeats the
 * batch from the old values, a crash after it goes on from the new ones, so no event is lost or counted twice.
 */
export class ViewMaterializer {
  readonly view: CompiledAggregateView;
  #loadedUntilUs: number | null;
  readonly #reader: EventReader;
  readonly #cache: EntityCache;
  readonly #stores: MaterializerStores;
  /** Where the cached entities stand. Elsewhere, the view was backfilled meanwhile and the cache is worthless. */
  #cachedAt: PartitionOffsets = {};

  constructor({ view, loadedUntilUs }: RegisteredView, stores: MaterializerStores) {
    this.view = view;
    this.#loadedUntilUs = loadedUntilUs;
    this.#reader = compileEventReader(view);
    this.#cache = new EntityCache(layoutOfView(view));
    this.#stores = stores;
  }

  /** The view was filled again, perhaps up to another moment. */
  reload({ loadedUntilUs }: RegisteredView): void {
    this.#loadedUntilUs = loadedUntilUs;
  }

  /** One batch of one partition; `consumed` is 0 where the view has read all of it. */
  async step(partition: number, maxEvents = BATCH_EVENTS): Promise<StepResult> {
    const { log, online } = this.#stores;
    const offsets = (await online.appliedOffsets(this.view.digest)) ?? {};
    const from = offsets[partition] ?? 0;
    if (JSON.stringify(offsets) !== JSON.stringify(this.#cachedAt)) this.#cache.clear();
    const events = await log.read(this.view.source.name, partition, { from, max: maxEvents });
    if (events.length === 0) return NOTHING;
    const batch = sortBatch(this.#reader, events, this.#loadedUntilUs);
    if (batch.rejected.length > 0) await this.#stores.rejected?.write(this.view, batch.rejected);
    try {
      await this.#load(this.#cache.missing(batch.entityKeys));
      const next: PartitionOffsets = { ...offsets, [partition]: from + events.length };
      const writes = this.#cache.fold(this.#reader, batch);
      await online.commit({ view: this.view.digest, writes, from: offsets, offsets: next });
      this.#cachedAt = next;
    } catch (error) {
      this.#cache.clear();
      throw error;
    }
    this.#cache.trim();
    const late = batch.rejected.filter((each) => each.kind === 'late').length;
    return { consumed: events.length, applied: batch.events.length, late, malformed: batch.rejected.length - late };
  }

  /** How many events of the log the view has not read. Errors: `store/corrupt` where the log ends before what was applied. */
  async behind(): Promise<number> {
    const ends = await this.#stores.log.endOffsets(this.view.source.name);
    const offsets = (await this.#stores.online.appliedOffsets(this.view.digest)) ?? {};
    let behind = 0;
    for (const [partition, end] of ends.entries()) {
      const applied = offsets[partition] ?? 0;
      if (applied > end) throw logCutShort(this.view, { partition, end, applied });
      behind += end - applied;
    }
    return behind;
  }

  async #load(keys: ReadonlySet<string>): Promise<void> {
    // One at a time where the store answers in place: its bytes are valid until its next read.
    for (const entityKey of keys) {
      const reading = await this.#stores.online.read([{ view: this.view.digest, entityKey }]);
      this.#cache.load(entityKey, reading.values[0] ?? null);
    }
  }
}

function logCutShort(
  view: CompiledAggregateView,
  at: { readonly partition: number; readonly end: number; readonly applied: number },
): SignalboxError {
  return new SignalboxError(
    'store/corrupt',
    `the feature view ${view.name} has applied ${at.applied} events of partition ${at.partition}, but the log of ${view.source.name} ends at ${at.end}`,
    {
      hint: 'The log and the online store do not belong together: backfill the view, or start with an empty online store.',
    },
  );
}
