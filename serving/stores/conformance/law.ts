/**
 * A law that every implementation of a store must keep. Laws know no test runner: a test file loops over them, and so does the suite that runs
 * against real engines.
 */
export interface Law<Store> {
  /** A sentence. */
  readonly name: string;
  run(stores: StoreUnderTest<Store>): Promise<void>;
}

export interface StoreUnderTest<Store> {
  /** Starts empty. */
  readonly store: Store;
  /** Another client of the same data, as another process would have it. */
  readonly another: () => Promise<Store>;
}
