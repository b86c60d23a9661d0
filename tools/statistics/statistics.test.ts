import { describe, expect, it } from 'vitest';
import { answer, eachCase, generate, numbers } from '../../tests/vectors/cases.js';
import { bcaInterval, bootstrapInterval } from './bca.js';
import { brier, calibrationError, logLoss, rocAuc } from './binary.js';
import { normalCdf, normalQuantile } from './normal.js';

describe('statistics agree with published libraries', () => {
  eachCase('generator', ({ inputs, expected }) => {
    const want = numbers(expected.values);
    expect(generate(inputs).slice(0, want.length)).toEqual(want);
    if (expected.sum_of_100000 === undefined) return;
    expect(generate({ ...inputs, n: 100_000 }).reduce((sum, each) => sum + each, 0)).toBe(expected.sum_of_100000);
  });

  eachCase('roc_auc', ({ inputs, expected }, close) => {
    const auc = answer(rocAuc({ labels: numbers(inputs.y), scores: numbers(inputs.score) }), expected);
    if (auc !== null) close(auc, expected.auc);
  });

  eachCase('log_loss', ({ inputs, expected }, close) => {
    const loss = answer(logLoss({ labels: numbers(inputs.y), scores: numbers(inputs.p) }), expected);
    if (loss !== null) close(loss, expected.log_loss);
  });

  eachCase('brier', ({ inputs, expected }, close) => {
    const score = answer(brier({ labels: numbers(inputs.y), scores: numbers(inputs.p) }), expected);
    if (score !== null) close(score, expected.brier);
  });

  eachCase('ece', ({ inputs, expected }, close) => {
    const rows = { labels: numbers(inputs.y), scores: numbers(inputs.p) };
    const error = answer(calibrationError(rows, Number(inputs.bins)), expected);
    if (error === null) return;
    close(error.ece, expected.ece);
    close(error.mce, expected.mce);
  });

  eachCase('bca_bootstrap', ({ inputs, expected }, close) => {
    const { x, y, statistic } = { x: numbers(inputs.x), y: numbers(inputs.y), statistic: String(inputs.statistic) };
    const everyRow = x.map((_, row) => row);
    const of = (rows: readonly number[]) =>
      PAIRED[statistic]!(
        rows.map((row) => x[row]!),
        rows.map((row) => y[row]!),
      );
    const interval = answer(
      bcaInterval({
        estimate: of(everyRow),
        replicates: Float64Array.from(resamples(inputs, x.length), of),
        jackknife: Float64Array.from(everyRow, (left) => of(everyRow.filter((row) => row !== left))),
        confidence: Number(inputs.confidence),
      }),
      expected,
    );
    if (interval === null) return;
    close(of(everyRow), expected.estimate);
    close(interval[0], expected.ci_low ?? expected.low);
    close(interval[1], expected.ci_high ?? expected.high);
  });
});

const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
const PAIRED: Record<string, (x: number[], y: number[]) => number> = {
  mean_difference: (x, y) => mean(x.map((each, i) => each - y[i]!)),
  ratio_of_means: (x, y) => mean(x) / mean(y) - 1,
  rmse_difference: (x, y) => Math.sqrt(mean(x.map((v) => v * v))) - Math.sqrt(mean(y.map((v) => v * v))),
};

function resamples(inputs: Record<string, unknown>, n: number): number[][] {
  if (Array.isArray(inputs.indices)) return inputs.indices as number[][];
  const flat = numbers(inputs.indices);
  return Array.from({ length: Number(inputs.B) }, (_, b) => flat.slice(b * n, (b + 1) * n));
}

describe('a bootstrap interval', () => {
  const rising = Float64Array.from({ length: 101 }, (_, i) => i / 100);
  const jackknife = Float64Array.of(1, 2, 3, 4);
  const of = (estimate: number, replicates: Float64Array, confidence = 0.9) =>
    bootstrapInterval({ estimate, replicates, jackknife, confidence });

  it('is BCa where there is one, without the resamples that have no value', () => {
    const bca = bcaInterval({ estimate: 0.5, replicates: rising, jackknife, confidence: 0.9 });
    expect(of(0.5, Float64Array.of(...rising, Number.NaN))).toEqual(bca);
    expect(bca.defined).toBe(true);
  });

  it('is the percentiles where every resample lies above the estimate', () => {
    const interval = of(-1, rising);
    if (!interval.defined) throw new Error(interval.reason);
    expect(interval.value[0]).toBeCloseTo(0.05, 12);
    expect(interval.value[1]).toBeCloseTo(0.95, 12);
  });

  it('is undefined, with a reason, for resamples that are all the same, or fewer than two', () => {
    for (const replicates of [new Float64Array(10).fill(3), Float64Array.of(3), Float64Array.of(Number.NaN)]) {
      expect(of(1, replicates)).toMatchObject({ defined: false, reason: expect.any(String) });
    }
  });
});

describe('the normal distribution', () => {
  it('is the inverse of its own quantile, out to the tails', () => {
    for (const p of [1e-300, 1e-20, 1e-5, 0.025, 0.3, 0.5, 0.7, 0.975, 0.99999]) {
      expect(Math.abs(normalCdf(normalQuantile(p)) - p)).toBeLessThanOrEqual(1e-10 * p);
    }
  });

  it('has the published 97.5 % point', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963984540054, 15);
  });
});
