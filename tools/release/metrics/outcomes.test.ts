import type { Metric } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../tests/support/memory-world.js';
import { outcomeReading, rememberedOutcomes } from './outcomes.js';

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

describe('a reading of outcomes that passes ask for again and again', () => {
  const metric: Extract<Metric, { kind: 'outcome' }> = {
    kind: 'outcome',
    description: 'd',
    better: 'lower',
    value: 'brier',
  };
  const MINUTE_US = 60_000_000;
  const subjectAt = (minutes: number, digest = 'sha256:a') => ({
    ...{ environment: 'prod', model: 'm', version: 2, serial: 7, digest, commit: 'c' },
    ...{ fromUs: 0, nowUs: minutes * MINUTE_US },
  });

  it('is remembered for five minutes of event time, of each version and stage for itself', async () => {
    const asked: string[] = [];
    const read = rememberedOutcomes(async (_store, _metric, { digest, nowUs }) => {
      asked.push(`${digest} at ${nowUs / MINUTE_US}`);
      return { kind: 'number', value: asked.length };
    });
    const at = (minutes: number, digest?: string) => read(new MemoryStore(), metric, subjectAt(minutes, digest));
    const readings = [await at(10), await at(14.9), await at(14.9, 'sha256:b'), await at(15), await at(9)];
    expect(asked).toEqual(['sha256:a at 10', 'sha256:b at 14.9', 'sha256:a at 15', 'sha256:a at 9']);
    expect(readings.map((one) => 'value' in one && one.value)).toEqual([1, 1, 2, 3, 4]);
  });

  it('is asked for again after a failure', async () => {
    let asked = 0;
    const read = rememberedOutcomes(async () => {
      asked += 1;
      throw new Error('the store is away');
    });
    for (let i = 0; i < 2; i++) await expect(read(new MemoryStore(), metric, subjectAt(1))).rejects.toThrow('away');
    expect(asked).toBe(2);
  });
});
