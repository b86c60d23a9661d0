import type { CompiledAggregateView } from '@signalbox/contracts';

/** One (view, entity) value to read. `view` is a view digest; `entityKey` is `encodeEntityKey(values)` of the contracts. */
export interface OnlineKey {
  readonly view: string;
  readonly entityKey: string;
}

export interface OnlineWrite {
  readonly entityKey: string;
  readonly value: Uint8Array;
}

/** How far a view has read each partition of its source's log: the exclusive end. */
export type PartitionOffsets = Readonly<Record<number, number>>;

/** Values and offsets of one commit: what was applied up to these offsets is in these values, and nothing else is. Both in the order of the keys asked. */
export interface OnlineReading {
  /** Null: no event of this entity was applied. The bytes may be overwritten by the next read, so they are used or copied before it. */
  readonly values: readonly (Uint8Array | null)[];
  /** Null: the view was never registered. The same object comes back until the offsets move. */
  readonly offsets: readonly (PartitionOffsets | null)[];
}

/** Values of one view and the offsets they bring it to. They become visible together or not at all. */
export interface OnlineCommit {
  readonly view: string;
  readonly writes: readonly OnlineWrite[];
  /** What the view stood at when the values were computed: the commit is refused where it has moved, by a backfill or a second writer. */
  readonly from: PartitionOffsets;
  readonly offsets: PartitionOffsets;
}

/** All values of a view as of a moment. */
export interface OnlineLoad {
  readonly writes: Iterable<OnlineWrite>;
  /** Everything that arrived up to here, epoch microseconds, is in the values, wherever the log holds it. */
  readonly untilUs: number;
  /** Where the log goes on after that. */
  readonly offsets: PartitionOffsets;
}

export interface RegisteredView {
  readonly view: CompiledAggregateView;
  /** `untilUs` of the load that the view started from; null where it started empty. */
  readonly loadedUntilUs: number | null;
}

/**
 * Tiles by (view digest, entity key), and how far each view has read the log. Reads answer at once where the store is in process and return
 * promises where it is not. Errors: `store/unavailable`; `store/conflict` for a commit whose `from` is not what the view stands at.
 */
export interface OnlineStore {
  read(keys: readonly OnlineKey[]): OnlineReading | Promise<OnlineReading>;
  /** Applied offsets of a view; null when the view was never registered. */
  appliedOffsets(view: string): PartitionOffsets | null | Promise<PartitionOffsets | null>;
  commit(batch: OnlineCommit): Promise<void>;
  /** A view that the materializer keeps fresh from now on, from an empty state. Registering again is fine and changes nothing. */
  registerView(view: CompiledAggregateView, offsets: PartitionOffsets): Promise<void>;
  /** Replaces what a view holds (a backfill) and registers it: readers see the view as before, or complete. */
  loadView(view: CompiledAggregateView, load: OnlineLoad): Promise<void>;
  registeredViews(): Promise<readonly RegisteredView[]>;
  close(): Promise<void>;
}
