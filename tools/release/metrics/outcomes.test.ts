import { describe, expect, it } from 'vitest';
import { outcomeReading } from './outcomes.js';

const answer = (score: number, outcome: number | boolean) => ({ id: 'i', atUs: 0, score, outcome });
const THREE = [answer(0.9, true), answer(0.2, 0), answer(0.5, 1)];

describe('a metric of outcomes', () => {
  it('is the mean squared error of the score', () => {
    const reading = outcomeReading(THREE, 'brier');
    expect(reading).toMatchObject({ kind: 'mean', rows: 3, sum: expect.closeTo(0.01 + 0.04 + 0.25, 12) });
    expect(reading).toMatchObject({ sumSquares: expect.closeTo(0.01 ** 2 + 0.04 ** 2 + 0.25 ** 2, 12) });
  });

  it('is the logarithmic loss, in which no single certain mistake decides everything', () => {
    const expected = -(Math.log(0.9) + Math.log(0.8) + Math.log(0.5));
    expect(outcomeReading(THREE, 'log_loss')).toMatchObject({ rows: 3, sum: expect.closeTo(expected, 12) });
    expect(outcomeReading([answer(0, true)], 'log_loss')).toMatchObject({ sum: expect.closeTo(Math.log(1e6), 9) });
    expect(outcomeReading([answer(1, true)], 'log_loss')).toMatchObject({ sum: expect.closeTo(0, 5) });
  });

  it('is the share of positive outcomes, as two counts', () => {
    expect(outcomeReading(THREE, 'positive_rate')).toEqual({ kind: 'rate', successes: 2, total: 3 });
  });

  it('waits for the first outcome', () => {
    expect(outcomeReading([], 'brier')).toMatchObject({ kind: 'problem', verdict: 'no-data' });
  });

  it('is an error where outcomes are not 0 or 1, or a score is no probability', () => {
    for (const odd of [2, 0.5, -1, Number.NaN]) {
      expect(outcomeReading([...THREE, answer(0.5, odd)], 'positive_rate')).toMatchObject({ verdict: 'error' });
    }
    for (const odd of [1.1, -0.1, Number.NaN]) {
      expect(outcomeReading([...THREE, answer(odd, 1)], 'brier')).toMatchObject({ verdict: 'error' });
      expect(outcomeReading([...THREE, answer(odd, 1)], 'positive_rate')).toMatchObject({ kind: 'rate' });
    }
  });
});
