import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { calibrationCurve, rocCurve, scoreDistribution } from './curves.js';
import type { ScoredRows } from './report-data.js';

const rows = (pairs: readonly (readonly [label: number, score: number])[]): ScoredRows => ({
  labels: Uint8Array.from(pairs, ([label]) => label),
  scores: Float64Array.from(pairs, ([, score]) => score),
});

const scored = fc
  .array(fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0, 0.1, 0.2, 0.5, 0.9, 1)), { minLength: 2, maxLength: 400 })
  .filter((pairs) => new Set(pairs.map(([label]) => label)).size === 2)
  .map(rows);

describe('the ROC curve', () => {
  it('goes through the corner when every positive scores above every negative', () => {
    const curve = rocCurve(
      rows([
        [1, 0.9],
        [1, 0.8],
        [0, 0.2],
        [0, 0.1],
      ]),
    );
    expect(curve).toContainEqual({ falsePositiveRate: 0, truePositiveRate: 1 });
  });

  it('starts at (0, 0), ends at (1, 1) and never falls', () => {
    fc.assert(
      fc.property(scored, (sample) => {
        const curve = rocCurve(sample, 20);
        expect(curve[0]).toEqual({ falsePositiveRate: 0, truePositiveRate: 0 });
        expect(curve.at(-1)).toEqual({ falsePositiveRate: 1, truePositiveRate: 1 });
        for (const [index, point] of curve.entries()) {
          expect(point.truePositiveRate).toBeGreaterThanOrEqual(curve[index - 1]?.truePositiveRate ?? 0);
          expect(point.falsePositiveRate).toBeGreaterThanOrEqual(curve[index - 1]?.falsePositiveRate ?? 0);
        }
      }),
    );
  });

  it('does not depend on the order of rows with equal scores', () => {
    const pairs: [number, number][] = [
      [1, 0.5],
      [0, 0.5],
      [1, 0.5],
      [0, 0.1],
      [1, 0.9],
    ];
    expect(rocCurve(rows(pairs), 50)).toEqual(rocCurve(rows([...pairs].reverse()), 50));
  });

  it('encloses the area that counts pairs ranked right, where every threshold is drawn', () => {
    fc.assert(
      fc.property(scored, (sample) => {
        const curve = rocCurve(sample, 10_000);
        const area = curve.reduce((sum, point, index) => {
          const before = curve[index - 1] ?? point;
          const width = point.falsePositiveRate - before.falsePositiveRate;
          return sum + (width * (point.truePositiveRate + before.truePositiveRate)) / 2;
        }, 0);
        expect(area).toBeCloseTo(pairsRankedRight(sample), 9);
      }),
    );
  });
});

describe('the calibration curve', () => {
  it('puts equally many rows into each bin and keeps the total', () => {
    const sample = rows(Array.from({ length: 100 }, (_, index) => [index % 2, index / 100]));
    const curve = calibrationCurve(sample, 10);
    expect(curve.map((point) => point.rows)).toEqual(Array.from({ length: 10 }, () => 10));
    expect(curve[0]).toMatchObject({ predicted: expect.closeTo(0.045), observed: 0.5 });
  });
});

describe('the score distribution', () => {
  it('sums to one for each class, scores of exactly 1 included', () => {
    const points = scoreDistribution(
      rows([
        [1, 1],
        [1, 0.5],
        [0, 0],
        [0, 1],
      ]),
      4,
    );
    for (const label of ['late', 'on time'] as const) {
      const total = points.filter((point) => point.label === label).reduce((sum, point) => sum + point.share, 0);
      expect(total).toBeCloseTo(1);
    }
  });
});

/** The definition of AUC (Mann and Whitney): of all pairs of a positive and a negative, how many are ranked right; ties count half. */
function pairsRankedRight({ labels, scores }: ScoredRows): number {
  let right = 0;
  let pairs = 0;
  for (const [i, positive] of labels.entries())
    for (const [j, negative] of labels.entries()) {
      if (positive !== 1 || negative !== 0) continue;
      pairs++;
      right += scores[i]! > scores[j]! ? 1 : scores[i] === scores[j] ? 0.5 : 0;
    }
  return right / pairs;
}
