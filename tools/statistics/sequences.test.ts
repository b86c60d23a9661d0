import { describe, expect, it } from 'vitest';
import { answer, eachCase, numbers } from '../../tests/vectors/cases.js';
import { mulberry32 } from './generator.js';
import { meanSequence } from './mean-sequence.js';
import { logEvidenceAgainst, rateSequence } from './rate-sequence.js';
import type { Interval, Statistic } from './statistic.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? 20010401);
console.info(`confidence sequences: seed ${SEED} (set SIGNALBOX_TEST_SEED for another)`);

function of(statistic: Statistic<Interval>): Interval {
  if (!statistic.defined) throw new Error(statistic.reason);
  return statistic.value;
}

/** Two passes, so that a large offset costs no digits. */
function moments(values: readonly number[]) {
  const mean = values.reduce((sum, each) => sum + each, 0) / values.length;
  const variance = values.reduce((sum, each) => sum + (each - mean) ** 2, 0) / values.length;
  return { rows: values.length, mean, variance };
}

describe('the confidence sequence of a mean', () => {
  eachCase('asymptotic_confidence_sequence', ({ inputs, expected }, close) => {
    const x = numbers(inputs.x);
    const sequence = (expected.sequence ?? []) as Record<string, number>[];
    const options = { alpha: Number(inputs.alpha), tunedFor: Number(inputs.m) };
    for (const [at, t] of numbers(inputs.at).entries()) {
      const interval = answer(meanSequence(moments(x.slice(0, t)), options), expected);
      if (interval === null) continue;
      close(interval[0], sequence[at]!.low);
      close(interval[1], sequence[at]!.high);
    }
  });
});

/** The mixture by brute force: the average chance of one exact order of outcomes over the density of Beta(0.1, 1), by the midpoint rule. */
function evidenceByIntegral(successes: number, trials: number, rate: number): number {
  const cells = 50_000;
  let average = 0;
  for (let i = 0; i < cells; i++) {
    // Rates are drawn by their inverse distribution: u = q^0.1, so that the density needs no formula.
    const q = ((i + 0.5) / cells) ** 10;
    average += q ** successes * (1 - q) ** (trials - successes);
  }
  return Math.log(average / cells) - successes * Math.log(rate) - (trials - successes) * Math.log1p(-rate);
}

describe('the confidence sequence of a rate', () => {
  it('rests on a mixture that a plain integral confirms', () => {
    for (const [successes, trials, rate] of [
      [0, 50, 0.02],
      [3, 40, 0.1],
      [20, 40, 0.3],
      [39, 40, 0.9],
    ] as const) {
      const exact = logEvidenceAgainst({ successes, trials }, rate);
      expect(exact).toBeCloseTo(evidenceByIntegral(successes, trials, rate), 4);
    }
  });

  it('is exact: outcomes in any number of trials weigh 1 in all under the true rate', () => {
    for (const [trials, rate] of [
      [1, 0.3],
      [20, 0.01],
      [60, 0.5],
    ] as const) {
      let expected = 0;
      let chance = (1 - rate) ** trials;
      for (let successes = 0; successes <= trials; successes++) {
        expected += chance * Math.exp(logEvidenceAgainst({ successes, trials }, rate));
        chance *= ((trials - successes) / (successes + 1)) * (rate / (1 - rate));
      }
      expect(expected).toBeCloseTo(1, 9);
    }
  });

  it('misses the rate at any of 2,000 looks no more often than promised', () => {
    const next = mulberry32(SEED);
    const [alpha, streams] = [0.1, 200];
    for (const rate of [0.005, 0.05, 0.4]) {
      const threshold = -Math.log(alpha);
      let missed = 0;
      for (let stream = 0; stream < streams; stream++) {
        let successes = 0;
        for (let trials = 1; trials <= 2000; trials++) {
          if (next() < rate) successes++;
          if (logEvidenceAgainst({ successes, trials }, rate) < threshold) continue;
          missed++;
          break;
        }
      }
      // Four standard errors of a simulation of this size.
      expect(missed / streams, `rate ${rate}`).toBeLessThan(alpha + 4 * Math.sqrt((alpha * (1 - alpha)) / streams));
    }
  });

  it('takes no success in n trials as evidence of about 4/n', () => {
    for (const trials of [100, 1000, 10_000, 1_000_000]) {
      const [low, high] = of(rateSequence({ successes: 0, trials }, 0.05));
      expect(low).toBe(0);
      expect(high * trials).toBeGreaterThan(2.9);
      expect(high * trials).toBeLessThan(4.5);
    }
  });

  it('holds the observed share, and every rate with less evidence against it than promised', () => {
    const next = mulberry32(SEED + 1);
    for (let i = 0; i < 300; i++) {
      const trials = 1 + Math.floor(next() * 10 ** (1 + 5 * next()));
      const counts = { successes: Math.floor(next() ** 4 * (trials + 1)), trials };
      const alpha = 0.001 + 0.2 * next();
      const [low, high] = of(rateSequence(counts, alpha));
      const share = counts.successes / trials;
      expect(low).toBeLessThanOrEqual(share);
      expect(high).toBeGreaterThanOrEqual(share);
      for (const end of [low, high]) {
        if (end === 0 || end === 1) continue;
        expect(logEvidenceAgainst(counts, end)).toBeGreaterThan(-Math.log(alpha) - 1e-3);
        expect(logEvidenceAgainst(counts, end + (share - end) * 1e-3)).toBeLessThan(-Math.log(alpha));
      }
    }
  });

  it('narrows as trials grow and widens with its promise', () => {
    const width = (trials: number, alpha: number): number => {
      const [low, high] = of(rateSequence({ successes: trials / 50, trials }, alpha));
      return high - low;
    };
    expect(width(1000, 0.05)).toBeLessThan(width(500, 0.05));
    expect(width(1000, 0.05)).toBeLessThan(width(1000, 0.01));
  });

  it('is undefined, with a reason, without trials or with counts that cannot be', () => {
    for (const [successes, trials, alpha] of [
      [0, 0, 0.05],
      [3, 2, 0.05],
      [-1, 2, 0.05],
      [Number.NaN, 2, 0.05],
      [1, Number.NaN, 0.05],
      [1, 2, 0],
      [1, 2, 1],
    ] as const) {
      expect(rateSequence({ successes, trials }, alpha)).toEqual({ defined: false, reason: expect.any(String) });
    }
  });
});
