import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalQuantile, wilsonInterval } from '../statistics/index.js';
import { judgeErrorRate, MIN_FAILURES } from './analysis.js';

const RULE = { margin: 0.02, confidence: 0.95 };
const of = (requests: number, failed = 0) => ({ requests, failed });

interface WilsonCase {
  readonly name: string;
  readonly inputs: { readonly k: number; readonly n: number; readonly confidence: number };
  readonly expected: { readonly low?: number; readonly high?: number };
}

describe('the error rate of a candidate', () => {
  it('rests on Wilson intervals that agree with statsmodels', () => {
    const vectors = new URL('../../tests/vectors/statistics.json', import.meta.url);
    const { suites } = JSON.parse(readFileSync(vectors, 'utf8')) as {
      suites: { wilson_interval: { cases: WilsonCase[] } };
    };
    const cases = suites.wilson_interval.cases.filter(({ expected }) => typeof expected.low === 'number');
    expect(cases.length).toBeGreaterThan(5);
    for (const { expected, inputs } of cases) {
      const interval = wilsonInterval(inputs.k, inputs.n, inputs.confidence);
      if (!interval.defined) throw new Error(interval.reason);
      expect(interval.value[0]).toBeCloseTo(expected.low!, 10);
      expect(interval.value[1]).toBeCloseTo(expected.high!, 10);
    }
  });

  it('takes no failure among many as evidence of about 3/n: enough requests pass, too few do not', () => {
    const z = normalQuantile(0.95);
    const needed = Math.ceil((z * z) / RULE.margin - z * z);
    expect(judgeErrorRate(of(needed + 20), of(1_000_000), RULE)).toMatchObject({ verdict: 'pass', value: 0 });
    expect(judgeErrorRate(of(100), of(1_000_000), RULE)).toMatchObject({ verdict: 'inconclusive' });
  });

  it('has no data without a request on either side', () => {
    expect(judgeErrorRate(of(0), of(100), RULE)).toMatchObject({ verdict: 'no-data' });
    expect(judgeErrorRate(of(100), of(0), RULE)).toMatchObject({ verdict: 'no-data' });
  });

  it('fails when it is shown to be worse than the margin, never for fewer failures than a handful', () => {
    expect(judgeErrorRate(of(200, 20), of(2000, 2), RULE)).toMatchObject({ verdict: 'fail' });
    expect(judgeErrorRate(of(MIN_FAILURES - 1, MIN_FAILURES - 1), of(2000), RULE)).toMatchObject({
      verdict: 'inconclusive',
    });
    expect(judgeErrorRate(of(MIN_FAILURES, MIN_FAILURES), of(2000), RULE)).toMatchObject({ verdict: 'fail' });
  });

  it('compares with the champion: what fails for both is not held against the candidate', () => {
    expect(judgeErrorRate(of(5000, 500), of(5000, 500), RULE)).toMatchObject({ verdict: 'pass' });
    expect(judgeErrorRate(of(5000, 500), of(5000, 50), RULE)).toMatchObject({ verdict: 'fail' });
  });

  it('says value, bound, sample and formula, and reads as a sentence', () => {
    const verdict = judgeErrorRate(of(1000, 3), of(4000, 8), RULE);
    expect(verdict).toMatchObject({ id: 'rollout/error-rate', value: 0.001, bound: 0.02, sampleSize: 1000 });
    expect(verdict.formula).toContain('Newcombe');
    expect(verdict.sentence).toMatch(
      /^The candidate failed 3 of 1000 requests, the champion 8 of 4000 requests: at most 0\.\d\d % worse/,
    );
  });

  it('passes wrongly no more often than its confidence allows, at the margin', () => {
    const seed = Number(process.env.SIGNALBOX_TEST_SEED ?? 20010401);
    const random = fc.sample(fc.integer({ min: 0, max: 2 ** 31 - 1 }), { seed, numRuns: 1 })[0]!;
    let state = random;
    const uniform = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state / 2 ** 32;
    };
    const failures = (requests: number, rate: number) => {
      let failed = 0;
      for (let i = 0; i < requests; i++) if (uniform() < rate) failed += 1;
      return of(requests, failed);
    };
    let wrong = 0;
    const trials = 1000;
    for (let i = 0; i < trials; i++) {
      if (judgeErrorRate(failures(800, 0.03), failures(800, 0.01), RULE).verdict === 'pass') wrong += 1;
    }
    // 5 % are allowed; the tolerance is four standard errors of a simulation of this size.
    expect(wrong / trials, `seed ${seed}`).toBeLessThan(0.05 + 4 * Math.sqrt((0.05 * 0.95) / trials));
  });
});
