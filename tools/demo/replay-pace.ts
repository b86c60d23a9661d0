export interface ReplayPace {
  /** Event time moves in slices: what could be observed before a slice is in the log before the slice's first request. */
  readonly sliceUs: number;
  /** Every how manyth departure is a request. */
  readonly every: number;
  /** The most requests a second of wall time: room for the pods' other work, as on a machine that is not full. */
  readonly maxPerSecond: number;
  /** How many logged events the pods' features may be behind before the replay waits for them; no bound unless given. */
  readonly maxBehind?: number;
}

/** Steady traffic of every departure, which leaves room on a small machine for the processes that are measured. */
export const STEADY: ReplayPace = { sliceUs: 5 * 60e6, every: 1, maxPerSecond: 1_500 };
