import { LATENCY_BINS, latencyEdgeMs } from '@signalbox/contracts';
import { logEvidenceAgainst } from '../../statistics/index.js';

/** Counts in the bins of `latencyBin`, by rising bin. */
export type LatencySketch = readonly (readonly [bin: number, count: number])[];

export interface QuantileBounds {
  readonly lowMs: number;
  /** Infinity while too few requests are in to say, or when it lies in the open bin. */
  readonly highMs: number;
}

/**
 * Confidence sequence of a quantile. If the quantile were below an edge, at most a share (1 − quantile) of requests would take longer than that edge: a
 * rate, judged by its own exact sequence. Only the edge next to the true quantile can be judged wrongly, as the others follow in order, so the
 * bound costs one error for all edges together. Source: Howard and Ramdas, "Sequential estimation of quantiles", Bernoulli 28 (2022).
 */
export function quantileBounds(sketch: LatencySketch, quantile: number, alpha: number): QuantileBounds {
  const trials = sketch.reduce((sum, [, count]) => sum + count, 0);
  const tail = 1 - quantile;
  const isShown = (longer: number): boolean =>
    logEvidenceAgainst({ successes: longer, trials }, tail) >= -Math.log(alpha);
  let longer = trials;
  let lowMs = 0;
  for (const [bin, count] of sketch) {
    if (bin > 0 && longer > tail * trials && isShown(longer)) lowMs = latencyEdgeMs(bin - 1);
    longer -= count;
    if (longer < tail * trials && isShown(longer)) return { lowMs, highMs: upperEdgeMs(bin) };
  }
  return { lowMs, highMs: Number.POSITIVE_INFINITY };
}

/** The quantile of the sketch itself: the upper edge of the bin that holds it. */
export function sketchQuantileMs(sketch: LatencySketch, quantile: number): number {
  const trials = sketch.reduce((sum, [, count]) => sum + count, 0);
  let longer = trials;
  for (const [bin, count] of sketch) {
    longer -= count;
    if (longer <= (1 - quantile) * trials) return latencyEdgeMs(bin);
  }
  return 0;
}

const upperEdgeMs = (bin: number): number => (bin === LATENCY_BINS - 1 ? Number.POSITIVE_INFINITY : latencyEdgeMs(bin));
