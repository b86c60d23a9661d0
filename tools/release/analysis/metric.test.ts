import type { Metric } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { mulberry32 } from '../../statistics/index.js';
import { judgeMetric, type MetricCondition } from './metric.js';
import { MIN_ROWS } from './metric-bounds.js';
import type { MetricReading } from './metric-reading.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? 20010401);
console.info(`metrics: seed ${SEED} (set SIGNALBOX_TEST_SEED for another)`);
const BUDGET = { pass: 0.05, fail: 0.05 / 3 };
const metricOf = (better: 'higher' | 'lower'): Metric => ({
  ...{ kind: 'command', description: 'd', better, command: ['x'], timeout: '1s' },
});
const rate = (successes: number, total: number): MetricReading => ({ kind: 'rate', successes, total });
const number = (value: number): MetricReading => ({ kind: 'number', value });
/** Rows with this mean, one half of them one above and one half one below. */
const mean = (rows: number, value: number): MetricReading => ({
  kind: 'mean',
  rows,
  sum: rows * value,
  sumSquares: rows * (value * value + 1),
});

function judge(
  condition: Omit<MetricCondition, 'metric'>,
  candidate: MetricReading | undefined,
  { better = 'higher', champion = rate(2000, 10_000) }: { better?: 'higher' | 'lower'; champion?: MetricReading } = {},
) {
  const rule = { condition: { metric: 'clicks', ...condition }, metric: metricOf(better), budget: BUDGET };
  return judgeMetric({ candidate, champion }, rule);
}

describe('a margin on a metric', () => {
  it('passes what is shown to be worse by less, fails what is shown to be worse by more, and waits between', () => {
    const kinds = [2000, 1000, 1500].map((clicks) => judge({ margin: 0.05 }, rate(clicks, 10_000))[0]!.verdict);
    expect(kinds).toEqual(['pass', 'fail', 'inconclusive']);
  });

  it('counts as worse what the metric says is worse', () => {
    expect(judge({ margin: 0.05 }, rate(4000, 10_000))[0]).toMatchObject({ verdict: 'pass', value: -0.2 });
    expect(judge({ margin: 0.05 }, rate(4000, 10_000), { better: 'lower' })[0]).toMatchObject({
      verdict: 'fail',
      value: 0.2,
    });
  });

  it('compares means by one sequence, from enough rows on', () => {
    const champion = mean(20_000, 5);
    const of = (rows: number, value: number) =>
      judge({ margin: 0.1 }, mean(rows, value), { better: 'lower', champion })[0]!;
    expect(of(20_000, 5).verdict).toBe('pass');
    expect(of(20_000, 5.3).verdict).toBe('fail');
    expect(of(20_000, 5.1).verdict).toBe('inconclusive');
    expect(of(MIN_ROWS - 1, 9)).toMatchObject({
      verdict: 'inconclusive',
      sentence: expect.stringContaining('too few rows'),
    });
    expect(of(MIN_ROWS, 9).verdict).toBe('fail');
  });

  it('is an error for a plain number, which says not how sure it is, and for two readings of other kinds', () => {
    expect(judge({ margin: 0.05 }, number(3))[0]).toMatchObject({
      verdict: 'error',
      sentence: expect.stringContaining('min or a max'),
    });
    expect(judge({ margin: 0.05 }, mean(5000, 0.2))[0]!.verdict).not.toBe('pass');
  });

  it('says value, bounds, sample and the direction in a sentence', () => {
    expect(judge({ margin: 0.05 }, rate(2000, 10_000))[0]).toMatchObject({
      id: 'rollout/metric/clicks',
      value: 0,
      bound: 0.05,
      sampleSize: 10_000,
      sentence: expect.stringMatching(
        /^Metric clicks is 0\.2 for the candidate, 0\.2 for the champion: worse by at most 0\.0\d+, under the margin of 0\.05\.$/,
      ),
    });
  });
});

describe('a least and a greatest value', () => {
  it('are held against a plain number as it is', () => {
    const kinds = (value: number) => judge({ min: 2, max: 4 }, number(value)).map(({ verdict }) => verdict);
    expect(kinds(3)).toEqual(['pass', 'pass']);
    expect([kinds(2), kinds(4)]).toEqual([
      ['pass', 'pass'],
      ['pass', 'pass'],
    ]);
    expect(kinds(1.999)).toEqual(['fail', 'pass']);
    expect(kinds(4.001)).toEqual(['pass', 'fail']);
  });

  it('must hold the whole of an interval to pass, and none of it to fail', () => {
    const kinds = (reading: MetricReading) => judge({ min: 0.2 }, reading).map(({ verdict }) => verdict);
    expect(kinds(rate(3000, 10_000))).toEqual(['pass']);
    expect(kinds(rate(2010, 10_000))).toEqual(['inconclusive']);
    expect(kinds(rate(1000, 10_000))).toEqual(['fail']);
    expect(kinds(mean(10_000, 3))).toEqual(['pass']);
    expect(kinds(mean(50, 3))).toEqual(['inconclusive']);
  });
});

describe('what is no value', () => {
  const readings: readonly (readonly [string, MetricReading | undefined, 'no-data' | 'error'])[] = [
    ['nothing that was read', undefined, 'no-data'],
    ['a source that is down', { kind: 'problem', verdict: 'error', sentence: 'it is down.' }, 'error'],
    ['a source without a value', { kind: 'problem', verdict: 'no-data', sentence: 'no series.' }, 'no-data'],
    ['a rate of nothing', rate(0, 0), 'no-data'],
    ['a mean of nothing', { kind: 'mean', rows: 0, sum: 0, sumSquares: 0 }, 'no-data'],
    ['NaN', number(Number.NaN), 'error'],
    ['infinity', number(Number.POSITIVE_INFINITY), 'error'],
    ['more successes than there were', rate(11, 10), 'error'],
    ['negative successes', rate(-1, 10), 'error'],
    ['a negative total', rate(0, -1), 'error'],
    ['a rate of NaN', rate(Number.NaN, 10), 'error'],
    ['squares smaller than the mean allows', { kind: 'mean', rows: 10, sum: 100, sumSquares: 10 }, 'error'],
    ['a mean of NaN', { kind: 'mean', rows: 10, sum: Number.NaN, sumSquares: 10 }, 'error'],
  ];

  it.each(readings)('is never a pass nor a fail, and says why: %s', (_name, reading, verdict) => {
    const verdicts = judge({ margin: 1, min: -1e9, max: 1e9 }, reading);
    expect(verdicts.map((one) => one.verdict)).toEqual([verdict, verdict, verdict]);
    expect(verdicts[0]!.sentence).toMatch(/^Metric clicks: .*candidate.*\.$/);
  });

  it('is told of the champion, where only a comparison needs it', () => {
    const champion: MetricReading = { kind: 'problem', verdict: 'error', sentence: 'it is down.' };
    const verdicts = judge({ margin: 1, min: 0 }, rate(5000, 10_000), { champion });
    expect(verdicts.map((one) => one.verdict)).toEqual(['error', 'pass']);
    expect(verdicts[0]!.sentence).toContain('Of the champion: it is down.');
  });

  it('is a condition that asks nothing, and a metric without a document', () => {
    expect(judge({}, rate(1, 2))).toMatchObject([
      { verdict: 'error', sentence: expect.stringContaining('asks nothing') },
    ]);
    const rule = { condition: { metric: 'clicks', margin: 1 }, metric: undefined, budget: BUDGET };
    expect(judgeMetric({ candidate: rate(1, 2), champion: rate(1, 2) }, rule)).toMatchObject([{ verdict: 'error' }]);
  });
});

describe('a version that is looked at 100 times', () => {
  /** Losses with a long tail, as log losses have. */
  const looks = (next: () => number, difference: number): { verdicts: Set<string> } => {
    const sums = [0, 1].map(() => ({ rows: 0, sum: 0, sumSquares: 0 }));
    const verdicts = new Set<string>();
    for (let look = 0; look < 100; look++) {
      for (const [side, of] of sums.entries()) {
        for (let row = 0; row < 50; row++) {
          const loss = -Math.log(1 - next()) + (side === 1 ? difference : 0);
          of.rows += 1;
          of.sum += loss;
          of.sumSquares += loss * loss;
        }
      }
      const [champion, candidate] = sums.map((of): MetricReading => ({ kind: 'mean', ...of }));
      verdicts.add(judge({ margin: 0.1 }, candidate, { better: 'lower', champion: champion! })[0]!.verdict);
    }
    return { verdicts };
  };

  it('is passed at the margin, and failed when equal, no more often than promised', () => {
    const next = mulberry32(SEED);
    const runs = 300;
    let [passed, failed] = [0, 0];
    for (let i = 0; i < runs; i++) {
      if (looks(next, 0.1).verdicts.has('pass')) passed++;
      if (looks(next, 0).verdicts.has('fail')) failed++;
    }
    const most = (alpha: number): number => alpha + 4 * Math.sqrt((alpha * (1 - alpha)) / runs);
    expect(passed / runs).toBeLessThan(most(BUDGET.pass));
    expect(failed / runs).toBeLessThan(most(BUDGET.fail));
  });
});
