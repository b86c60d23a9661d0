import { LATENCY_BINS, latencyEdgeMs, type Metric } from '@signalbox/contracts';
import { normalCdf } from '../statistics/index.js';
import { AliasTable } from './alias-table.js';

/** How a version behaves, request by request. */
export interface Behaviour {
  readonly failureShare: number;
  /** In the critical segment, instead of `failureShare`. */
  readonly segmentFailureShare: number;
  /** Answers without features, of all requests. */
  readonly degradedShare: number;
  readonly medianLatencyMs: number;
  /** Its score minus the champion's on the same request: mean and standard deviation. */
  readonly scoreShift: number;
  readonly scoreSpread: number;
  /** What is added to every metric that the strategy asks for, in its own units. */
  readonly metricShift: number;
  /** Whether copies are answered as the champion would: some harm shows only once users are answered. */
  readonly cleanInShadow: boolean;
}

/** What serves: two requests of a thousand fail, one lacks its features, and latencies have the long tail that they have in life. */
export const CHAMPION: Behaviour = {
  failureShare: 0.002,
  segmentFailureShare: 0.002,
  degradedShare: 0.001,
  medianLatencyMs: 8,
  scoreShift: 0,
  scoreSpread: 0.08,
  metricShift: 0,
  cleanInShadow: false,
};

/** What makes a candidate other than the champion. */
export interface Effect {
  readonly failures?: number;
  readonly segmentFailures?: number;
  readonly degraded?: number;
  readonly latencyMs?: number;
  readonly scoreShift?: number;
  readonly metric?: number;
  /** None of it is in copies. */
  readonly cleanInShadow?: boolean;
}

export function withEffect(of: Behaviour, effect: Effect): Behaviour {
  const { degraded = 0, failures = 0, latencyMs = 0, metric = 0, scoreShift = 0, segmentFailures = 0 } = effect;
  return {
    ...of,
    failureShare: asShare(of.failureShare + failures),
    segmentFailureShare: asShare(of.segmentFailureShare + failures + segmentFailures),
    degradedShare: asShare(of.degradedShare + degraded),
    medianLatencyMs: Math.max(0, of.medianLatencyMs + latencyMs),
    scoreShift: of.scoreShift + scoreShift,
    metricShift: of.metricShift + metric,
    cleanInShadow: effect.cleanInShadow ?? false,
  };
}

const asShare = (value: number): number => Math.min(1, Math.max(0, value));

/** The spread of latencies: the 95th percentile is 2.3 times the median. */
const LATENCY_SIGMA = 0.5;

/** Latencies of a version by bin: lognormal about its median. */
export function latencyTable({ medianLatencyMs }: Behaviour): AliasTable {
  const below = (ms: number): number => normalCdf(Math.log(ms / Math.max(medianLatencyMs, 1e-3)) / LATENCY_SIGMA);
  const edges = Array.from({ length: LATENCY_BINS }, (_, bin) =>
    bin === LATENCY_BINS - 1 ? 1 : below(latencyEdgeMs(bin)),
  );
  return new AliasTable(edges.map((edge, bin) => Math.max(0, edge - (bin === 0 ? 0 : edges[bin - 1]!))));
}

/** What the champion's value of a metric is, and how much single requests differ about it; a rate has no spread of its own. */
export interface MetricLevel {
  readonly kind: 'rate' | 'mean';
  readonly value: number;
  readonly spread: number;
}

/** A model that is worth having: its losses as of a forecast that knows something, and one answer in ten with what is hoped for. */
export function levelOf(metric: Metric): MetricLevel {
  if (metric.kind === 'outcome' && metric.value === 'brier') return { kind: 'mean', value: 0.15, spread: 0.15 };
  if (metric.kind === 'outcome' && metric.value === 'log_loss') return { kind: 'mean', value: 0.45, spread: 0.4 };
  return { kind: 'rate', value: 0.1, spread: 0 };
}
