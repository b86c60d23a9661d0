import { describe, expect, it } from 'vitest';
import { cellWith, requestsCell } from '../../../tests/support/evidence-cells.js';
import { mulberry32, rateSequence } from '../../statistics/index.js';
import { judgeErrorRate } from './error-rate.js';
import { MIN_FAILURES } from './judge-shares.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? 20010401);
console.info(`error rate: seed ${SEED} (set SIGNALBOX_TEST_SEED for another)`);
const RULE = { margin: 0.02, budget: { pass: 0.05, fail: 0.05 / 3 } };

type Side = readonly [asked: number, failed: number];

function judge([asked, failed]: Side, champion: Side, rule = RULE) {
  return judgeErrorRate({ candidate: requestsCell(asked, failed), champion: requestsCell(...champion) }, rule);
}

describe('the error rate of a candidate', () => {
  it('takes no failure among many as evidence of about 4/n: enough requests pass, too few do not', () => {
    expect(judge([220, 0], [5000, 0])).toMatchObject({ verdict: 'pass', value: 0 });
    expect(judge([100, 0], [5000, 0])).toMatchObject({ verdict: 'inconclusive', value: 0 });
  });

  it('has no data without a request on either side, and names the side', () => {
    const sentences = [
      judgeErrorRate({ candidate: null, champion: requestsCell(100) }, RULE),
      judge([0, 0], [100, 0]),
      judge([100, 0], [0, 0]),
      judgeErrorRate({ candidate: null, champion: null }, RULE),
    ].map(({ sentence, verdict }) => [verdict, /The ([a-z ]+) got/.exec(sentence)?.[1]]);
    expect(sentences).toEqual([
      ['no-data', 'candidate'],
      ['no-data', 'candidate'],
      ['no-data', 'champion'],
      ['no-data', 'candidate and the champion'],
    ]);
  });

  it('fails when it is shown to be worse than the margin, never for fewer failures than a handful', () => {
    expect(judge([200, 30], [2000, 2])).toMatchObject({ verdict: 'fail' });
    const hasty = { margin: 0.01, budget: { pass: 0.05, fail: 0.05 } };
    const two = judge([MIN_FAILURES - 1, MIN_FAILURES - 1], [20_000, 0], hasty);
    expect(two).toMatchObject({ verdict: 'inconclusive' });
    expect(two.interval![0]).toBeGreaterThan(hasty.margin);
    expect(judge([MIN_FAILURES, MIN_FAILURES], [20_000, 0], hasty)).toMatchObject({ verdict: 'fail' });
  });

  it('fails a candidate that never answers, however short the step is', () => {
    expect(judge([10, 10], [90, 0])).toMatchObject({ verdict: 'fail' });
  });

  it('compares with the champion: what fails for both is not held against the candidate', () => {
    expect(judge([50_000, 5000], [50_000, 5000])).toMatchObject({ verdict: 'pass' });
    expect(judge([5000, 500], [5000, 50])).toMatchObject({ verdict: 'fail' });
    expect(judge([5000, 50], [5000, 500])).toMatchObject({ verdict: 'pass' });
  });

  it('promotes nobody while most requests fail, even if the champion does no better', () => {
    expect(judge([50_000, 49_000], [50_000, 49_000])).toMatchObject({
      verdict: 'inconclusive',
      sentence: expect.stringContaining('nobody is promoted while most requests fail'),
    });
  });

  it('says value, bounds, sample and formula, and reads as a sentence', () => {
    const verdict = judge([1000, 3], [4000, 8]);
    expect(verdict).toMatchObject({ id: 'rollout/error-rate', value: 0.001, bound: 0.02, sampleSize: 1000 });
    expect(verdict.sentence).toMatch(
      /^The candidate failed 3 of 1000 requests, the champion 8 of 4000 requests: a difference of at most 1\.\d\d percentage points, under the margin of 2\.00/,
    );
    const [low, high] = verdict.interval!;
    expect(low).toBeLessThan(0.001);
    expect(high).toBeGreaterThan(0.001);
    expect(high).toBeLessThan(0.02);
  });

  it('bounds the difference by both rates, each at half the error of a fail below and of a pass above', () => {
    const of = (trials: number, successes: number, share: number) => {
      const bounds = rateSequence({ successes, trials }, share / 2);
      if (!bounds.defined) throw new Error(bounds.reason);
      return bounds.value;
    };
    const { fail, pass } = RULE.budget;
    expect(judge([1000, 12], [4000, 8]).interval).toEqual([
      of(1000, 12, fail)[0] - of(4000, 8, fail)[1],
      of(1000, 12, pass)[1] - of(4000, 8, pass)[0],
    ]);
  });

  it('knows less as the promise grows', () => {
    const strict = { ...RULE, budget: { pass: 0.001, fail: 0.001 } };
    expect(judge([220, 0], [5000, 0], strict)).toMatchObject({ verdict: 'inconclusive' });
    expect(judge([200, 19], [2000, 2])).toMatchObject({ verdict: 'fail' });
    expect(judge([200, 19], [2000, 2], strict)).toMatchObject({ verdict: 'inconclusive' });
  });
});

describe('looking at the error rate after every twenty requests', () => {
  const STREAMS = 200;
  const LOOKS = 50;

  /** In which share of the streams each verdict is ever seen. */
  function everSeen(candidateRate: number, championRate: number): Readonly<Record<'pass' | 'fail', number>> {
    const next = mulberry32(SEED);
    const failures = (rate: number): number => Array.from({ length: 20 }, next).filter((each) => each < rate).length;
    const seen = { pass: 0, fail: 0 };
    for (let stream = 0; stream < STREAMS; stream++) {
      let [candidate, champion] = [0, 0];
      const kinds = new Set<string>();
      for (let look = 1; look <= LOOKS; look++) {
        candidate += failures(candidateRate);
        champion += failures(championRate);
        const counts = (failed: number) => cellWith({ asked: look * 20, failed: { error: failed } });
        const evidence = { candidate: counts(candidate), champion: counts(champion) };
        kinds.add(judgeErrorRate(evidence, RULE).verdict);
      }
      if (kinds.has('pass')) seen.pass += 1 / STREAMS;
      if (kinds.has('fail')) seen.fail += 1 / STREAMS;
    }
    return seen;
  }

  it('judges a version at the margin wrongly no more often than promised, in all the looks together', () => {
    const { fail, pass } = everSeen(0.03, 0.01);
    expect(pass).toBeLessThanOrEqual(RULE.budget.pass);
    expect(fail).toBeLessThanOrEqual(RULE.budget.fail);
  });

  it('finds a version that fails far more often nearly always', () => {
    expect(everSeen(0.15, 0.01).fail).toBeGreaterThan(0.95);
  });
});
