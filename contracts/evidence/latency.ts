/**
 * The sketch of latencies: counts in fixed bins whose edges grow by 2 %, so any quantile is known to 1 % of itself, and two sketches merge by adding.
 * Bin 0 is everything up to 10 microseconds; the last one is open.
 */
const SMALLEST_MS = 0.01;
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);

/** Up to about five minutes. */
export const LATENCY_BINS = 868;

export function latencyBin(ms: number): number {
  if (!(ms > SMALLEST_MS)) return 0;
  return Math.min(LATENCY_BINS - 1, Math.ceil(Math.log(ms / SMALLEST_MS) / LOG_GROWTH));
}

/** The upper edge of a bin, in milliseconds. */
export function latencyEdgeMs(bin: number): number {
  return SMALLEST_MS * GROWTH ** bin;
}
