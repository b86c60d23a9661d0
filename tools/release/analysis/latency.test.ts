import { addCells, type EvidenceCell, LATENCY_BINS, latencyEdgeMs } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { cellWith, sketchOf } from '../../../tests/support/evidence-cells.js';
import { mulberry32, normalQuantile, rateSequence, quantile as sampleQuantile } from '../../statistics/index.js';
import { judgeLatency, MIN_TIMED } from './latency.js';
import { quantileBounds, sketchQuantileMs } from './quantile-bounds.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? 20010401);
console.info(`latency: seed ${SEED} (set SIGNALBOX_TEST_SEED for another)`);
const RULE = { quantile: 0.95, marginMs: 10, budget: { pass: 0.05, fail: 0.05 / 6 } };

/** Latencies as they are: most about `medianMs`, a long tail above. */
function drawLatencies(next: () => number, rows: number, medianMs: number): readonly number[] {
  return Array.from({ length: rows }, () => medianMs * Math.exp(0.5 * normalQuantile(next())));
}

const sideOf = (latenciesMs: readonly number[]) =>
  cellWith({ asked: latenciesMs.length, latency: sketchOf(latenciesMs) });

function judge(candidateMs: readonly number[], championMs: readonly number[], rule = RULE) {
  return judgeLatency({ candidate: sideOf(candidateMs), champion: sideOf(championMs) }, rule);
}

/** The definition: an edge is above the quantile when the share of longer requests is shown to be under its tail, below it when over. */
function boundsByEdges(sketch: EvidenceCell['latency'], level: number, alpha: number) {
  const trials = sketch.reduce((sum, [, count]) => sum + count, 0);
  let [lowMs, highMs] = [0, Number.POSITIVE_INFINITY];
  for (let edge = 0; edge < LATENCY_BINS - 1; edge++) {
    const successes = sketch.filter(([bin]) => bin > edge).reduce((sum, [, count]) => sum + count, 0);
    const longer = rateSequence({ successes, trials }, alpha);
    if (!longer.defined) throw new Error(longer.reason);
    if (longer.value[0] > 1 - level) lowMs = latencyEdgeMs(edge);
    if (longer.value[1] < 1 - level) highMs = Math.min(highMs, latencyEdgeMs(edge));
  }
  return { lowMs, highMs };
}

describe('the bounds of a quantile', () => {
  it('miss the true quantile at any of 50 looks no more often than promised', () => {
    const next = mulberry32(SEED);
    const [alpha, level, streams] = [0.1, 0.95, 100];
    const trueMs = 8 * Math.exp(0.5 * normalQuantile(level));
    let missed = 0;
    for (let stream = 0; stream < streams; stream++) {
      let sketch: EvidenceCell['latency'] = [];
      for (let look = 0; look < 50; look++) {
        sketch = addCells(cellWith({ latency: sketch }), sideOf(drawLatencies(next, 20, 8))).latency;
        const { highMs, lowMs } = quantileBounds(sketch, level, alpha);
        if (lowMs <= trueMs && trueMs <= highMs) continue;
        missed++;
        break;
      }
    }
    expect(missed / streams).toBeLessThanOrEqual(2 * alpha);
  });

  it('hold the quantile of the sample, and close in on it', () => {
    const next = mulberry32(SEED + 1);
    for (const level of [0.5, 0.9, 0.99]) {
      const widths = [500, 5000, 50_000].map((rows) => {
        const latencies = drawLatencies(next, rows, 8);
        const exact = sampleQuantile(Float64Array.from(latencies).sort(), level);
        const { highMs, lowMs } = quantileBounds(sketchOf(latencies), level, 0.05);
        expect(lowMs).toBeLessThanOrEqual(exact);
        expect(highMs).toBeGreaterThanOrEqual(exact);
        expect(sketchQuantileMs(sketchOf(latencies), level) / exact).toBeGreaterThan(0.97);
        expect(sketchQuantileMs(sketchOf(latencies), level) / exact).toBeLessThan(1.03);
        return highMs - lowMs;
      });
      expect(widths[1]).toBeLessThan(widths[0]!);
      expect(widths[2]).toBeLessThan(widths[1]!);
      // A bin is 2 % wide; what is left at 50,000 rows is little more.
      expect(widths[2]! / 8).toBeLessThan(0.35);
    }
  });

  it('are those of the edges whose rates of longer requests are shown, edge by edge', () => {
    const next = mulberry32(SEED + 3);
    for (const [level, alpha] of [
      [0.5, 0.05],
      [0.9, 0.025],
      [0.95, 0.001],
    ] as const) {
      for (const rows of [10, 60, 61, 200, 999]) {
        const sketch = sketchOf(drawLatencies(next, rows, 8));
        expect(quantileBounds(sketch, level, alpha), `${rows} rows`).toEqual(boundsByEdges(sketch, level, alpha));
      }
    }
  });

  it('know nothing of an empty sketch, and no upper bound from a handful', () => {
    expect(quantileBounds([], 0.95, 0.05)).toEqual({ lowMs: 0, highMs: Number.POSITIVE_INFINITY });
    expect(quantileBounds(sketchOf([5, 5, 5]), 0.95, 0.05)).toMatchObject({ highMs: Number.POSITIVE_INFINITY });
  });

  it('have no upper bound in the open bin, and no lower one in the first', () => {
    const open = [[LATENCY_BINS - 1, 10_000]] as const;
    expect(quantileBounds(open, 0.5, 0.05)).toEqual({
      lowMs: latencyEdgeMs(LATENCY_BINS - 2),
      highMs: Number.POSITIVE_INFINITY,
    });
    expect(quantileBounds([[0, 10_000]], 0.5, 0.05)).toEqual({ lowMs: 0, highMs: latencyEdgeMs(0) });
  });
});

describe('the latency of a candidate', () => {
  const next = mulberry32(SEED + 2);
  const equal = drawLatencies(next, 2000, 8);
  const champion = drawLatencies(next, 8000, 8);
  const slow = drawLatencies(next, 2000, 30);

  it('passes when it is about the same, fails when it is far slower, waits on too few requests', () => {
    expect(judge(equal, champion)).toMatchObject({ verdict: 'pass', id: 'rollout/latency', bound: 10 });
    expect(judge(slow, champion)).toMatchObject({ verdict: 'fail' });
    expect(judge(equal.slice(0, 40), champion)).toMatchObject({ verdict: 'inconclusive' });
    expect(judge(equal.slice(0, 40), champion).interval).toBeUndefined();
  });

  it('does not fail by the first burst of slow requests', () => {
    const cold = new Array<number>(MIN_TIMED - 1).fill(300);
    expect(judge(cold, champion)).toMatchObject({ verdict: 'inconclusive' });
    expect(judge([...cold, 300], champion)).toMatchObject({ verdict: 'fail' });
    expect(judge([...cold.slice(0, 30), ...equal], champion)).toMatchObject({ verdict: 'pass' });
  });

  it('bounds the difference by both quantiles, each at half the error of a fail below and of a pass above', () => {
    const of = (latencies: readonly number[], share: number) => quantileBounds(sketchOf(latencies), 0.95, share / 2);
    const { fail, pass } = RULE.budget;
    // Few and far apart, so that a little more error is another bin.
    const [few, other] = [drawLatencies(next, 300, 8), drawLatencies(next, 400, 8)];
    expect(judge(few, other).interval).toEqual([
      of(few, fail).lowMs - of(other, fail).highMs,
      of(few, pass).highMs - of(other, pass).lowMs,
    ]);
  });

  it('passes a faster candidate, and says by how much in words', () => {
    const verdict = judge(champion, slow);
    expect(verdict).toMatchObject({ verdict: 'pass' });
    expect(verdict.value).toBeLessThan(-30);
    expect(verdict.sentence).toMatch(
      /^The 95th percentile of latency of the candidate is \d\d\.\d ms, of the champion \d\d\.\d ms: a difference of at most −\d\d\.\d ms, under the margin of 10\.0 ms\.$/,
    );
  });

  it('has no data without a request or without a latency on either side', () => {
    expect(judge([], champion)).toMatchObject({ verdict: 'no-data' });
    expect(judge(equal, [])).toMatchObject({ verdict: 'no-data' });
    const untimed = cellWith({ asked: 10 });
    expect(judgeLatency({ candidate: untimed, champion: sideOf(champion) }, RULE)).toMatchObject({
      verdict: 'no-data',
      sentence: 'No latency of the candidate was counted in this step.',
    });
    expect(judgeLatency({ candidate: sideOf(equal), champion: untimed }, RULE)).toMatchObject({
      verdict: 'no-data',
      sentence: 'No latency of the champion was counted in this step.',
    });
  });
});
