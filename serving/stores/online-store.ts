import type { CompiledAggregateView } from '@signalbox/contracts';

/** One (view, entity) value to read. `entityKey` is `encodeEntityKey(values)` of the contracts. */
export interface OnlineKey {
  readonly view: string;
  readonly entityKey: string;
}

export interface OnlineWrite extends OnlineKey {
  readonly value: Uint8Array;
}

/**
 * Tiles by (view digest, entity key), and how far each view has read the log. A batch of values and its offsets become visible together
 * or not at all. Reads are synchronous where the store is in process and return promises where it is not.
 */
export interface OnlineStore {
  readMany(keys: readonly OnlineKey[]): (Uint8Array | null)[] | Promise<(Uint8Array | null)[]>;
  /** Applied offset (exclusive) by partition of a view; null when the view was never registered. */
  appliedOffsets(
    view: string,
  ): Readonly<Record<number, number>> | null | Promise<Readonly<Record<number, number>> | null>;
  commit(batch: {
    readonly view: string;
    readonly writes: readonly OnlineWrite[];
    readonly offsets: Readonly<Record<number, number>>;
  }): Promise<void>;
  /** The views that the materializer keeps fresh. Registering again is fine. */
  registerView(view: CompiledAggregateView, offsets: Readonly<Record<number, number>>): Promise<void>;
  registeredViews(): Promise<readonly CompiledAggregateView[]>;
  close(): Promise<void>;
}
