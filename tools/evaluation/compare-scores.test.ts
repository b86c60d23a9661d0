import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mulberry32, rocAuc } from '../statistics/index.js';
import { compareScores } from './compare-scores.js';
import { METRICS } from './metrics.js';
import { prepareResampling } from './resampled-metrics.js';

const OPTIONS = { metrics: ['auc', 'log_loss', 'brier', 'ece'] as const, resamples: 200, confidence: 0.95, seed: 1 };

/** Labels that follow a score by chance, and a second, noisier score. */
function madeUp(rows: number, seed: number) {
  const random = mulberry32(seed);
  const labels = new Uint8Array(rows);
  const sharp = new Float64Array(rows);
  const blunt = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    sharp[row] = random();
    labels[row] = random() < sharp[row]! ? 1 : 0;
    blunt[row] = 0.5 * sharp[row]! + 0.5 * random();
  }
  return { labels, sharp, blunt };
}

describe('metrics on resamples', () => {
  const rows = fc.array(
    fc.tuple(fc.constantFrom(0, 1), fc.constantFrom(0.1, 0.25, 0.3, 0.5, 0.9), fc.nat({ max: 3 })),
    {
      minLength: 2,
      maxLength: 30,
    },
  );

  it('are the metrics of the rows written out as often as they were drawn', () => {
    fc.assert(
      fc.property(rows, (drawn) => {
        const labels = Uint8Array.from(drawn, ([label]) => label);
        const scores = Float64Array.from(drawn, ([, score]) => score);
        const weighted = prepareResampling({ labels, scores }).weighted(
          Uint16Array.from(drawn, ([, , weight]) => weight),
        );
        const written = drawn.flatMap(([label, score, weight]) =>
          Array.from({ length: weight }, () => [label, score] as const),
        );
        const plain = { labels: written.map(([label]) => label), scores: written.map(([, score]) => score) };
        for (const [name, { compute }] of Object.entries(METRICS)) {
          const wanted = compute(plain);
          const got = weighted[name as keyof typeof weighted];
          if (wanted.defined) expect(got).toBeCloseTo(wanted.value, 9);
          else expect(got).toBeNaN();
        }
      }),
    );
  });

  it('leave out one row at a time as recomputing without it does', () => {
    fc.assert(
      fc.property(rows, (drawn) => {
        const labels = drawn.map(([label]) => label);
        const scores = drawn.map(([, score]) => score);
        const prepared = prepareResampling({ labels, scores });
        for (const [name, { compute }] of Object.entries(METRICS)) {
          const without = prepared.leaveOneOut(name as keyof typeof METRICS);
          for (let left = 0; left < drawn.length; left++) {
            const rest = <T>(values: T[]) => values.filter((_, row) => row !== left);
            const wanted = compute({ labels: rest(labels), scores: rest(scores) });
            if (wanted.defined) expect(without[left]).toBeCloseTo(wanted.value, 9);
          }
        }
      }),
    );
  });
});

describe('comparing two models on the same rows', () => {
  it('finds the better one better, with an interval that excludes zero', () => {
    const { labels, sharp, blunt } = madeUp(4000, 1);
    const { differences, candidate, champion } = compareScores({ labels, candidate: sharp, champion: blunt }, OPTIONS);
    const gap = differences.auc;
    if (!gap?.defined) throw new Error('undefined');
    expect(gap.value).toBeCloseTo(candidate.metrics.auc!.value - champion!.metrics.auc!.value, 12);
    expect(gap.interval[0]).toBeGreaterThan(0);
    expect(gap.interval[1]).toBeGreaterThan(gap.value);
  });

  it('is tighter than two separate intervals, because it is paired', () => {
    const { labels, sharp, blunt } = madeUp(4000, 2);
    const { differences, candidate } = compareScores({ labels, candidate: sharp, champion: blunt }, OPTIONS);
    const width = ([low, high]: readonly [number, number]) => high - low;
    const gap = differences.auc;
    if (!gap?.defined) throw new Error('undefined');
    expect(width(gap.interval)).toBeLessThan(width(candidate.metrics.auc!.interval!) * 1.2);
  });

  it('has an interval that covers the truth about as often as it says', () => {
    // The AUC of these scores is known: labels follow the score itself, so P(win) integrates to 5/6.
    let covered = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const { labels, sharp } = madeUp(300, seed);
      const { candidate } = compareScores(
        { labels, candidate: sharp, champion: null },
        { ...OPTIONS, metrics: ['auc'] },
      );
      const [low, high] = candidate.metrics.auc!.interval!;
      if (low <= 5 / 6 && 5 / 6 <= high) covered++;
    }
    expect(covered).toBeGreaterThanOrEqual(88);
  });

  it('says zero, surely, for a model compared with itself', () => {
    const { labels, sharp } = madeUp(500, 3);
    const { differences } = compareScores({ labels, candidate: sharp, champion: sharp }, OPTIONS);
    expect(differences.auc).toEqual({ defined: true, value: 0, interval: [0, 0], rows: 500 });
  });

  it('answers the same for the same rows, whatever ran before', () => {
    const { labels, sharp, blunt } = madeUp(500, 4);
    const compare = () => compareScores({ labels, candidate: sharp, champion: blunt }, OPTIONS);
    expect(compare()).toEqual(compare());
  });

  it('says why a metric is missing instead of giving a number', () => {
    const { candidate } = compareScores({ labels: [1, 1], candidate: [0.2, 0.4], champion: null }, OPTIONS);
    expect(candidate.undefinedMetrics.auc).toBe('both classes are needed');
    expect(candidate.metrics.log_loss?.value).toBeGreaterThan(0);
    const empty = compareScores({ labels: [], candidate: [], champion: [] }, OPTIONS);
    expect(empty.candidate.metrics).toEqual({});
    expect(empty.differences.brier).toMatchObject({ defined: false });
  });

  it('agrees with the plain metric on ties', () => {
    const labels = [1, 0, 1, 0, 1];
    const scores = [0.5, 0.5, 0.5, 0.2, 0.2];
    const plain = rocAuc({ labels, scores });
    const { candidate } = compareScores({ labels, candidate: scores, champion: null }, OPTIONS);
    expect(plain.defined && plain.value).toBe(candidate.metrics.auc?.value);
  });
});
