/** How far the applied state can be believed to be the current one. Times are epoch milliseconds of the wall clock. */
export interface Freshness {
  /** When the store last confirmed the applied state; null before the first time. */
  readonly verifiedAtMs: number | null;
  /** Since then, or since the client was opened. */
  readonly staleMs: number;
  /** The earliest expiry in the applied metadata; null when nothing is applied. */
  readonly expiresAtMs: number | null;
  /** Expired: serve on, but take no new artifact and let no weight progress. */
  readonly frozen: boolean;
}

export function freshnessAt(
  state: {
    readonly openedAtMs: number;
    readonly verifiedAtMs: number | null;
    readonly expiresAtMs: number | null;
  },
  nowMs: number,
): Freshness {
  const { openedAtMs, verifiedAtMs, expiresAtMs } = state;
  return {
    verifiedAtMs,
    staleMs: Math.max(0, nowMs - (verifiedAtMs ?? openedAtMs)),
    expiresAtMs,
    frozen: expiresAtMs !== null && expiresAtMs <= nowMs,
  };
}
