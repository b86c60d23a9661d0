/** Every bound of the runtime, in one place. */
export const RUNTIME_LIMITS = {
  /** Rows in one run. Larger batches gain little (fixed cost is gone by 32 rows) and grow the arena, which never shrinks. */
  maxBatchRows: 128,
  /** Rows waiting for a model; past it the answer is "overloaded". About 50 ms of work for a 100-tree model. */
  maxQueuedRows: 2_048,
  /** Rows in one message when a caller scores a whole table. */
  bulkRows: 4_096,
  /** How often waiting rows are checked against their deadline. */
  deadlineSweepMs: 5,
} as const;
