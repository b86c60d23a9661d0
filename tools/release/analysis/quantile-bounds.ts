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
  const { few, many } = provingCounts(trials, 1 - quantile, alpha);
  let longer = trials;
  let lowMs = 0;
  for (const [bin, count] of sketch) {
    if (bin > 0 && longer >= many) lowMs = latencyEdgeMs(bin - 1);
    longer -= count;
    if (longer <= few) return { lowMs, highMs: upperEdgeMs(bin) };
  }
  return { lowMs, highMs: Number.POSITIVE_INFINITY };
}

/** So few of the trials, or so many, show that their rate is under or over `rate`; -1 and Infinity where no count would. */
function provingCounts(trials: number, rate: number, alpha: number): { readonly few: number; readonly many: number } {
  const isShown = (successes: number): boolean => logEvidenceAgainst({ successes, trials }, rate) >= -Math.log(alpha);
  const expected = rate * trials;
  // The evidence falls towards the expected count and rises after it.
  const above = firstWhere(Math.floor(expected) + 1, trials + 1, isShown);
  const notBelow = firstWhere(0, Math.ceil(expected), (successes) => !isShown(successes));
  return { few: notBelow - 1, many: above > trials ? Number.POSITIVE_INFINITY : above };
}

/** The first whole number in [low, high) for which a condition holds that, once true, stays true; `high` when there is none. */
function firstWhere(low: number, high: number, isTrue: (value: number) => boolean): number {
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (isTrue(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
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
