import { addCells, PAIRED_UNIT } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { cellWith, pairedOf } from '../../../tests/support/evidence-cells.js';
import { meanSequence, mulberry32, normalQuantile } from '../../statistics/index.js';
import { judgeScoreShift, MIN_PAIRS } from './score-shift.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? 20010401);
console.info(`score shift: seed ${SEED} (set SIGNALBOX_TEST_SEED for another)`);
const RULE = { margin: 0.05, budget: { pass: 0.05, fail: 0.05 / 9 } };

function judge(differences: readonly number[]) {
  const candidate = cellWith({ asked: differences.length, paired: pairedOf(differences) });
  return judgeScoreShift({ candidate, champion: null }, RULE);
}

function draw(next: () => number, rows: number, shift: number): readonly number[] {
  return Array.from({ length: rows }, () => shift + 0.1 * normalQuantile(next()));
}

describe('the shift of a candidate in shadow', () => {
  it('passes scores that lie where the champion’s do, fails those that lie elsewhere, on either side', () => {
    const next = mulberry32(SEED);
    expect(judge(draw(next, 1000, 0.01))).toMatchObject({ verdict: 'pass', id: 'rollout/score-shift', bound: 0.05 });
    expect(judge(draw(next, 1000, 0.12))).toMatchObject({ verdict: 'fail' });
    expect(judge(draw(next, 1000, -0.12))).toMatchObject({ verdict: 'fail' });
    expect(judge(draw(next, 1000, 0.05))).toMatchObject({ verdict: 'inconclusive' });
  });

  it('proves nothing by few pairs, however equal they are', () => {
    expect(judge(new Array<number>(MIN_PAIRS - 1).fill(0))).toMatchObject({ verdict: 'inconclusive' });
    expect(judge(new Array<number>(MIN_PAIRS - 1).fill(0.5))).toMatchObject({ verdict: 'inconclusive' });
    expect(judge(new Array<number>(MIN_PAIRS).fill(0))).toMatchObject({ verdict: 'pass', value: 0 });
    expect(judge(new Array<number>(MIN_PAIRS).fill(0.5))).toMatchObject({ verdict: 'fail', value: 0.5 });
  });

  it('leaves half a unit on each side for the rounding of differences, and passes only if both ends are inside', () => {
    const equal = judge(new Array<number>(500).fill(0.02));
    expect(equal.interval![0]).toBeCloseTo(0.02 - PAIRED_UNIT / 2, 10);
    expect(equal.interval![1]).toBeCloseTo(0.02 + PAIRED_UNIT / 2, 10);
    const noisy = (shift: number) => Array.from({ length: 500 }, (_, i) => shift + (i % 2 === 0 ? 0.3 : -0.3));
    expect(judge(noisy(0.02))).toMatchObject({ verdict: 'inconclusive' });
    expect(judge(noisy(-0.02))).toMatchObject({ verdict: 'inconclusive' });
  });

  it('asks more certainty of a fail than of a pass', () => {
    const spread = Array.from({ length: 500 }, (_, i) => (i % 2 === 0 ? 0.2 : -0.2));
    const { rows, sumSquares } = pairedOf(spread);
    const halfOf = (alpha: number): number => {
      const bounds = meanSequence({ rows, mean: 0, variance: sumSquares / rows }, { alpha, tunedFor: 500 });
      if (!bounds.defined) throw new Error(bounds.reason);
      return bounds.value[1] * PAIRED_UNIT + PAIRED_UNIT / 2;
    };
    const between = 0.05 + (halfOf(RULE.budget.pass) + halfOf(RULE.budget.fail)) / 2;
    expect(judge(spread.map((each) => each + between))).toMatchObject({ verdict: 'inconclusive' });
    expect(judge(spread.map((each) => each - between))).toMatchObject({ verdict: 'inconclusive' });
    expect(judge(spread.map((each) => each + 0.055 + halfOf(RULE.budget.fail)))).toMatchObject({ verdict: 'fail' });
  });

  it('has no data where no request was answered by both', () => {
    for (const candidate of [null, cellWith({ asked: 500 }), cellWith({ asked: 5, paired: pairedOf([]) })]) {
      expect(judgeScoreShift({ candidate, champion: null }, RULE)).toMatchObject({ verdict: 'no-data' });
    }
  });

  it('misses the true shift at any of 100 looks no more often than promised', () => {
    const next = mulberry32(SEED + 1);
    const streams = 200;
    // A shift of exactly the margin: neither a pass nor a fail is right.
    let [passed, failed] = [0, 0];
    for (let stream = 0; stream < streams; stream++) {
      let paired = pairedOf([]);
      const seen = new Set<string>();
      for (let look = 0; look < 100; look++) {
        const differences = Array.from({ length: 10 }, () => (next() < 0.1 ? 0.5 : 0));
        paired = addCells(cellWith({ paired }), cellWith({ paired: pairedOf(differences) })).paired!;
        seen.add(
          judgeScoreShift({ candidate: cellWith({ asked: paired.rows, paired }), champion: null }, RULE).verdict,
        );
      }
      if (seen.has('pass')) passed++;
      if (seen.has('fail')) failed++;
    }
    expect(passed / streams).toBeLessThanOrEqual(RULE.budget.pass);
    expect(failed / streams).toBeLessThanOrEqual(RULE.budget.fail + 0.01);
  });

  it('reads as a sentence', () => {
    const next = mulberry32(SEED + 2);
    expect(judge(draw(next, 1000, -0.01)).sentence).toMatch(
      /^On 1000 requests that both answered, the candidate scores −0\.0\d+ on average: between −0\.0\d+ and [+−]0\.0\d+, within the margin of ±0\.05\.$/,
    );
  });
});
