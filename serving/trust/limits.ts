/**
 * Every bound on what the pod takes from a store, in one place. Whatever lies in a store is hostile input until its signatures hold,
 * so each read is capped before the bytes are in memory (the endless-data attack of the TUF specification 1.0, section 1.5.2).
 */
export const TRUST_LIMITS = {
  rootBytes: 512_000,
  /** The file that pods poll; ours is about half a kilobyte. */
  timestampBytes: 16_384,
  snapshotBytes: 64_000,
  /** About 20,000 allowed packages. */
  targetsBytes: 4_000_000,
  manifestBytes: 262_144,
  models: 1_000,
  /** How many root versions one refresh follows. */
  rootRotations: 256,
  /** The cached state on the pod's own disk. */
  stateBytes: 320_000_000,
  /** One read from the store. */
  readTimeoutMs: 10_000,
  /** An unchanged timestamp is taken at its word this long; then root and expiry are checked again. */
  fullRefreshMs: 3_600_000,
  /** What was refused is worked through again after this, unless it changes before: a store may show files in any order for a moment. */
  refusedRetryMs: 5_000,
} as const;
