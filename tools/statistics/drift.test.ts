import { describe, expect, it } from 'vitest';
import { answer, eachCase, numbers } from '../../tests/vectors/cases.js';
import { quantile } from './bca.js';
import { benjaminiHochberg } from './benjamini-hochberg.js';
import { chi2Homogeneity, chiSquareQuantile, chiSquareSurvival } from './chi-square.js';
import { jensenShannonDistance, psi } from './divergence.js';
import { normalCdf } from './normal.js';

/** The bins of the vectors that give raw values: inner edges are quantiles of the reference, NaN has a bin of its own where either side has one. */
function countsOf(inputs: Record<string, unknown>): readonly [readonly number[], readonly number[]] {
  if ('reference_counts' in inputs) return [numbers(inputs.reference_counts), numbers(inputs.current_counts)];
  const [reference, current] = [numbers(inputs.reference), numbers(inputs.current)];
  const sorted = Float64Array.from(reference.filter((value) => !Number.isNaN(value))).sort();
  const bins = Number(inputs.bins);
  const edges = [...new Set(Array.from({ length: bins + 1 }, (_, i) => quantile(sorted, i / bins)))];
  const inner = edges.length === 1 ? edges : edges.slice(1, -1);
  const hasMissing = [...reference, ...current].some(Number.isNaN);
  const count = (values: readonly number[]): number[] => {
    const counts = new Array<number>(inner.length + 1 + Number(hasMissing)).fill(0);
    for (const value of values) {
      const above = inner.findIndex((edge) => value <= edge);
      counts[Number.isNaN(value) ? inner.length + 1 : above === -1 ? inner.length : above]! += 1;
    }
    return counts;
  };
  return [count(reference), count(current)];
}

describe('the statistics of drift agree with published libraries', () => {
  eachCase('psi', ({ inputs, expected }, close) => {
    const [reference, current] = countsOf(inputs);
    const index = answer(psi(reference, current, Number(inputs.pseudo_count)), expected);
    if (index !== null) close(index, expected.psi);
  });

  eachCase('jensen_shannon', ({ inputs, expected }, close) => {
    const distance = answer(jensenShannonDistance(numbers(inputs.p), numbers(inputs.q)), expected);
    if (distance !== null) close(distance, expected.distance);
  });

  eachCase('chi2_homogeneity', ({ inputs, expected }, close) => {
    const test = answer(chi2Homogeneity((inputs.table as unknown[]).map(numbers)), expected);
    if (test === null) return;
    close(test.statistic, expected.statistic);
    expect(test.degrees).toBe(expected.df);
    close(test.p, expected.p, 'p');
    close(test.cramersV, expected.cramers_v);
    close(test.minExpected, expected.min_expected);
  });

  eachCase('benjamini_hochberg', ({ inputs, expected }, close) => {
    const adjusted = answer(benjaminiHochberg(numbers(inputs.p)), expected);
    if (adjusted === null) return;
    const want = numbers(expected.adjusted);
    expect(adjusted.length).toBe(want.length);
    for (const [at, each] of want.entries()) close(adjusted[at]!, each);
    expect(adjusted.map((each) => each <= Number(inputs.q))).toEqual(expected.rejected);
  });
});

describe('the chi-square distribution', () => {
  it('has the tail of a squared normal with one degree of freedom, and of an exponential with two', () => {
    for (const x of [1e-9, 0.1, 1, 3.84, 20, 200, 1000]) {
      expect(chiSquareSurvival(x, 1) / (2 * normalCdf(-Math.sqrt(x)))).toBeCloseTo(1, 10);
      expect(chiSquareSurvival(x, 2) / Math.exp(-x / 2)).toBeCloseTo(1, 10);
    }
  });

  it('has the published 95 % and 99 % points, and 0 as its start', () => {
    expect(chiSquareQuantile(0.95, 1)).toBeCloseTo(3.841458820694124, 9);
    expect(chiSquareQuantile(0.99, 9)).toBeCloseTo(21.665994333461924, 9);
    expect(chiSquareQuantile(0.5, 100)).toBeCloseTo(99.33412923598846, 9);
    expect(chiSquareQuantile(0, 3)).toBeCloseTo(0, 9);
    expect(chiSquareQuantile(1, 3)).toBeNaN();
  });

  it('is the inverse of its own tail for many degrees of freedom', () => {
    for (const degrees of [1, 2, 7, 50, 500, 5000]) {
      for (const level of [0.001, 0.1, 0.5, 0.9, 0.999]) {
        expect(1 - chiSquareSurvival(chiSquareQuantile(level, degrees), degrees)).toBeCloseTo(level, 9);
      }
    }
  });
});

describe('an index of stability', () => {
  it('is undefined, never infinite, where a bin is empty and nothing is added', () => {
    expect(psi([1, 0], [1, 1], 0)).toEqual({ defined: false, reason: expect.any(String) });
    expect(psi([1, Number.NaN], [1, 1])).toEqual({ defined: false, reason: expect.any(String) });
  });
});
