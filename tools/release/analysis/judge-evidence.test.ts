import { type EvidenceCell, type Metric, promotes, type Strategy } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellWith, pairedOf, requestsCell, sideWith } from '../../../tests/support/evidence-cells.js';
import { judgeEvidence } from './judge-evidence.js';
import type { MetricReading } from './metric-reading.js';
import { type AnalysisRule, errorBudget, type SideEvidence } from './rule.js';

const ERROR_RATE: Strategy['analysis'] = { errorRateMargin: 0.02, confidence: 0.95, metrics: [] };
const ALL: Strategy['analysis'] = {
  ...ERROR_RATE,
  latency: { quantile: 0.95, marginMs: 20 },
  scoreShiftMargin: 0.05,
  fallbackShareMargin: 0.02,
  segmentErrorRateMargin: 0.05,
  metrics: [{ metric: 'clicks', margin: 0.05, min: 0.1 }],
};
const CLICKS: Metric = { kind: 'command', description: 'd', better: 'higher', command: ['x'], timeout: '1s' };

function ruleWith(change: Partial<AnalysisRule> = {}): AnalysisRule {
  const metrics = new Map([['clicks', CLICKS]]);
  return { analysis: ALL, phase: 'canary', stages: 3, arms: 1, metrics, criticalSegments: ['express'], ...change };
}

const counts = (): EvidenceCell => ({ ...requestsCell(2000), paired: pairedOf(new Array<number>(500).fill(0)) });
const good = (): SideEvidence =>
  sideWith(counts(), {
    segments: new Map([['express', requestsCell(500)]]),
    metrics: new Map([['clicks', { kind: 'rate', successes: 1000, total: 5000 }]]),
  });

describe('what a strategy asks of a stage', () => {
  const ids = (change: Partial<AnalysisRule>) =>
    judgeEvidence({ candidate: good(), champion: good() }, ruleWith(change)).map(({ id }) => id);

  it('is the error rate always, and the rest where it says so', () => {
    expect(ids({ analysis: ERROR_RATE, phase: 'shadow' })).toEqual(['rollout/error-rate']);
    expect(ids({ phase: 'canary' })).toEqual([
      'rollout/error-rate',
      'rollout/segment-error-rate/express',
      'rollout/fallback-share',
      'rollout/latency',
      'rollout/metric/clicks',
      'rollout/metric/clicks/min',
    ]);
  });

  it('is the score shift in shadow alone, and what came of the answers only where somebody was answered', () => {
    expect(ids({ phase: 'shadow' })).toContain('rollout/score-shift');
    expect(ids({ phase: 'shadow' }).join()).not.toContain('metric');
    for (const phase of ['canary', 'experiment', 'blue-green'] as const) {
      expect(ids({ phase })).not.toContain('rollout/score-shift');
      expect(ids({ phase })).toContain('rollout/metric/clicks');
    }
  });

  it('passes an equal version in all of it', () => {
    for (const phase of ['shadow', 'canary', 'experiment', 'blue-green'] as const) {
      const verdicts = judgeEvidence({ candidate: good(), champion: good() }, ruleWith({ phase }));
      expect(verdicts.filter(({ verdict }) => verdict !== 'pass')).toEqual([]);
    }
  });

  it('shares the error of a fail over stages and tests, and gives each pass the whole', () => {
    const rounded = (change: Partial<AnalysisRule>) => {
      const { fail, pass } = errorBudget(ruleWith(change));
      return [pass, fail].map((share) => Number(share.toFixed(6)));
    };
    expect(rounded({ analysis: ERROR_RATE, stages: 1 })).toEqual([0.05, 0.05]);
    // Errors, latency, shift, degraded answers, one segment, and the metric's margin and least value.
    expect(rounded({ stages: 5 })).toEqual([0.05, Number((0.05 / 35).toFixed(6))]);
    expect(rounded({ stages: 5, arms: 3 })).toEqual([0.05, Number((0.05 / 105).toFixed(6))]);
    expect(rounded({ stages: 5, criticalSegments: [] })[1]).toBeCloseTo(0.05 / 30, 6);
  });
});

describe('harm that only one of the tests sees', () => {
  const failing = (candidate: SideEvidence) =>
    judgeEvidence({ candidate, champion: good() }, ruleWith())
      .filter(({ verdict }) => verdict === 'fail')
      .map(({ id }) => id);

  it('is a small critical segment that fails while the whole looks well', () => {
    const segments = new Map([['express', requestsCell(100, 30)]]);
    expect(failing({ ...good(), cell: requestsCell(5000, 30), segments })).toEqual([
      'rollout/segment-error-rate/express',
    ]);
  });

  it('is a version without errors that lives on missing features', () => {
    expect(failing({ ...good(), cell: { ...counts(), degraded: 200 } })).toEqual(['rollout/fallback-share']);
  });

  it('is a business metric that falls while every request is answered well', () => {
    const metrics = new Map<string, MetricReading>([['clicks', { kind: 'rate', successes: 500, total: 5000 }]]);
    expect(failing({ ...good(), metrics })).toEqual(['rollout/metric/clicks']);
  });

  it('never passes a critical segment without a request, nor a metric that nobody read', () => {
    const candidate = { ...good(), segments: new Map(), metrics: new Map() };
    const verdicts = judgeEvidence({ candidate, champion: good() }, ruleWith());
    expect(verdicts.filter(({ verdict }) => verdict === 'no-data').map(({ id }) => id)).toEqual([
      'rollout/segment-error-rate/express',
      'rollout/metric/clicks',
      'rollout/metric/clicks/min',
    ]);
  });
});

describe('evidence that cannot be right', () => {
  const broken: Readonly<Record<string, Partial<EvidenceCell>>> = {
    'a request count that is NaN': { asked: Number.NaN },
    'half a request': { asked: 10.5 },
    'fewer than no requests': { asked: -1 },
    'an infinite count': { asked: Number.POSITIVE_INFINITY },
    'a failure count that is NaN': { asked: 10, failed: { error: Number.NaN } },
    'more failures than requests': { asked: 10, failed: { error: 6, timeout: 5 } },
    'a negative failure count beside too many': { asked: 10, failed: { error: 11, timeout: -2 } },
    'more failures and degraded answers than requests': { asked: 10, failed: { error: 6 }, degraded: 5 },
    'a count of degraded answers that is NaN': { asked: 10, degraded: Number.NaN },
    'more latencies than requests': { asked: 10, latency: [[3, 11]] },
    'a latency outside the bins': { asked: 10, latency: [[100_000, 1]] },
    'a latency count that is NaN': { asked: 10, latency: [[3, Number.NaN]] },
    'differences whose sum is NaN': { asked: 10, paired: { rows: 2, sum: Number.NaN, sumSquares: 4 } },
    'more pairs than requests': { asked: 10, paired: { rows: 11, sum: 0, sumSquares: 0 } },
    'squares smaller than the mean allows': { asked: 10, paired: { rows: 2, sum: 10, sumSquares: 4 } },
  };

  it.each(Object.entries(broken))('is an error on either side, never a pass or a fail: %s', (_name, change) => {
    const cell = cellWith(change);
    const inSegment = { ...good(), segments: new Map([['express', cell]]) };
    for (const evidence of [
      { candidate: { ...good(), cell }, champion: good() },
      { candidate: good(), champion: { ...good(), cell } },
      { candidate: inSegment, champion: good() },
    ]) {
      const verdicts = judgeEvidence(evidence, ruleWith({ phase: 'shadow' }));
      expect(verdicts.map(({ verdict }) => verdict)).toEqual(['error', 'error', 'error', 'error', 'error']);
      expect(verdicts[0]!.sentence).toMatch(/^The evidence of the (candidate|champion) cannot be right: .+\.$/);
    }
  });
});

describe('any evidence at all', () => {
  const count = fc.oneof(fc.nat(5000), fc.constantFrom(Number.NaN, -1, 0.5, Number.POSITIVE_INFINITY));
  const cell = fc
    .record({
      asked: count,
      failed: fc.dictionary(fc.constantFrom('error', 'timeout'), count),
      degraded: count,
      latency: fc.array(fc.tuple(fc.nat(900), count), { maxLength: 4 }),
      paired: fc.option(fc.record({ rows: count, sum: fc.oneof(fc.integer(), count), sumSquares: count })),
    })
    .map((change) => cellWith(change));
  const reading: fc.Arbitrary<MetricReading> = fc.oneof(
    fc.record({ kind: fc.constant('number' as const), value: fc.double() }),
    fc.record({ kind: fc.constant('rate' as const), successes: count, total: count }),
    fc.record({ kind: fc.constant('mean' as const), rows: count, sum: fc.double(), sumSquares: fc.double() }),
    fc.constant({ kind: 'problem', verdict: 'error', sentence: 'it is down.' } as const),
  );
  const side: fc.Arbitrary<SideEvidence> = fc.record({
    cell: fc.option(cell),
    segments: cell.map((one) => new Map([['express', one]])),
    metrics: reading.map((one) => new Map([['clicks', one]])),
  });

  it('gives verdicts whose numbers can be written down, and passes only with both sides asked', () => {
    const seed = Number(process.env.SIGNALBOX_TEST_SEED ?? Date.now() % 2 ** 31);
    fc.assert(
      fc.property(side, side, fc.constantFrom('shadow' as const, 'canary' as const), (candidate, champion, phase) => {
        for (const verdict of judgeEvidence({ candidate, champion }, ruleWith({ phase, stages: 2 }))) {
          expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
          if (!promotes(verdict.verdict) || /segment|metric/.test(verdict.id)) continue;
          const asked = verdict.id === 'rollout/score-shift' ? [candidate] : [candidate, champion];
          expect(asked.every((one) => (one.cell?.asked ?? 0) > 0)).toBe(true);
        }
      }),
      { seed, numRuns: 500 },
    );
  });
});
