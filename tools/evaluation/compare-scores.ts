import type { MetricName, MetricValue } from '@signalbox/contracts';
import { bootstrapInterval, type Interval, mulberry32, type ScoredRows, type Statistic } from '../statistics/index.js';
import { METRICS } from './metrics.js';
import { prepareResampling, type ResampledMetrics } from './resampled-metrics.js';

/** Candidate minus champion on the same rows, with its interval; or why it cannot be said. */
export type PairedDifference =
  | { readonly defined: true; readonly value: number; readonly interval: Interval; readonly rows: number }
  | { readonly defined: false; readonly reason: string };

export interface ScoreSummary {
  readonly metrics: Readonly<Partial<Record<MetricName, MetricValue>>>;
  /** Why a metric is missing. */
  readonly undefinedMetrics: Readonly<Partial<Record<MetricName, string>>>;
}

export interface ScoreComparison {
  readonly candidate: ScoreSummary;
  readonly champion: ScoreSummary | null;
  /** By metric; empty without a champion. */
  readonly differences: Readonly<Partial<Record<MetricName, PairedDifference>>>;
}

export interface CompareOptions {
  readonly metrics: readonly MetricName[];
  readonly resamples: number;
  readonly confidence: number;
  readonly seed: number;
}

export interface PairedScores {
  readonly labels: ArrayLike<number>;
  readonly candidate: ArrayLike<number>;
  /** Scores of the same rows, in the same order. */
  readonly champion: ArrayLike<number> | null;
}

/**
 * The metrics of a candidate, and of a champion on the same rows, with BCa bootstrap intervals. Both models are resampled by the same
 * draws, so the interval of the difference is paired: what makes a row hard for both does not count as noise.
 */
export function compareScores({ labels, candidate, champion }: PairedScores, options: CompareOptions): ScoreComparison {
  const ours = prepareModel({ labels, scores: candidate }, options);
  const theirs = champion === null ? null : prepareModel({ labels, scores: champion }, options);
  drawResamples(labels.length, theirs === null ? [ours] : [ours, theirs], options);
  return {
    candidate: summarise(ours, options),
    champion: theirs && summarise(theirs, options),
    differences:
      theirs === null
        ? {}
        : Object.fromEntries(options.metrics.map((name) => [name, difference(name, { ours, theirs }, options)])),
  };
}

/** One model on the rows: its metrics, and what they were on each resample. */
interface PreparedModel {
  readonly rows: number;
  readonly values: Readonly<Record<MetricName, Statistic<number>>>;
  /** Null where no metric is defined: there is nothing to resample. */
  readonly resampled: ResampledMetrics | null;
  readonly replicates: Readonly<Record<MetricName, Float64Array>>;
}

function prepareModel(rows: ScoredRows, { metrics, resamples }: CompareOptions): PreparedModel {
  const each = <T>(of: (name: MetricName) => T) => ({
    auc: of('auc'),
    log_loss: of('log_loss'),
    brier: of('brier'),
    ece: of('ece'),
  });
  const values = each((name) => METRICS[name].compute(rows));
  const resampled = metrics.some((name) => values[name].defined) ? prepareResampling(rows) : null;
  return { rows: rows.labels.length, values, resampled, replicates: each(() => new Float64Array(resamples)) };
}

function drawResamples(rows: number, models: readonly PreparedModel[], { resamples, seed }: CompareOptions): void {
  const random = mulberry32(seed);
  const weights = new Uint16Array(rows);
  for (let resample = 0; resample < resamples; resample++) {
    weights.fill(0);
    for (let drawn = 0; drawn < rows; drawn++) weights[(random() * rows) | 0]!++;
    for (const { resampled, replicates } of models) {
      if (resampled === null) continue;
      const values = resampled.weighted(weights);
      for (const name of Object.keys(values) as MetricName[]) replicates[name][resample] = values[name];
    }
  }
}

function summarise(model: PreparedModel, { metrics, confidence }: CompareOptions): ScoreSummary {
  const found: Partial<Record<MetricName, MetricValue>> = {};
  const undefinedMetrics: Partial<Record<MetricName, string>> = {};
  for (const name of metrics) {
    const value = model.values[name];
    if (!value.defined) {
      undefinedMetrics[name] = value.reason;
      continue;
    }
    const interval = bootstrapInterval({
      estimate: value.value,
      replicates: model.replicates[name],
      jackknife: model.resampled?.leaveOneOut(name) ?? new Float64Array(0),
      confidence,
    });
    found[name] = { value: value.value, ...(interval.defined ? { interval: interval.value } : {}), rows: model.rows };
  }
  return { metrics: found, undefinedMetrics };
}

function difference(
  name: MetricName,
  { ours, theirs }: { readonly ours: PreparedModel; readonly theirs: PreparedModel },
  { confidence }: CompareOptions,
): PairedDifference {
  const candidate = ours.values[name];
  const champion = theirs.values[name];
  if (!candidate.defined) return { defined: false, reason: `of the candidate: ${candidate.reason}` };
  if (!champion.defined) return { defined: false, reason: `of the champion: ${champion.reason}` };
  if (ours.resampled === null || theirs.resampled === null) return { defined: false, reason: 'no rows' };
  const minus = (a: Float64Array, b: Float64Array) => a.map((value, i) => value - b[i]!);
  const estimate = candidate.value - champion.value;
  const replicates = minus(ours.replicates[name], theirs.replicates[name]);
  // The same scores on the same rows differ by nothing, and surely so.
  if (estimate === 0 && replicates.every((each) => each === 0)) {
    return { defined: true, value: 0, interval: [0, 0], rows: ours.rows };
  }
  const jackknife = minus(ours.resampled.leaveOneOut(name), theirs.resampled.leaveOneOut(name));
  const interval = bootstrapInterval({ estimate, replicates, jackknife, confidence });
  if (!interval.defined) return interval;
  return { defined: true, value: estimate, interval: interval.value, rows: ours.rows };
}
