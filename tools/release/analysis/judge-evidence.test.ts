import { type EvidenceCell, promotes, type Strategy } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellWith, pairedOf, requestsCell } from '../../../tests/support/evidence-cells.js';
import { judgeEvidence } from './judge-evidence.js';
import { errorBudget } from './rule.js';

const ERROR_RATE: Strategy['analysis'] = { errorRateMargin: 0.02, confidence: 0.95, metrics: [] };
const ALL: Strategy['analysis'] = {
  ...ERROR_RATE,
  latency: { quantile: 0.95, marginMs: 20 },
  scoreShiftMargin: 0.05,
};
const good = (): EvidenceCell => ({ ...requestsCell(2000), paired: pairedOf(new Array<number>(500).fill(0)) });

describe('what a strategy asks of a stage', () => {
  it('is the error rate always, latency and score shift where it says so, and the shift only in shadow', () => {
    const ids = (analysis: Strategy['analysis'], phase: 'shadow' | 'canary') =>
      judgeEvidence({ candidate: good(), champion: good() }, { analysis, phase, stages: 3 }).map(({ id }) => id);
    expect(ids(ERROR_RATE, 'shadow')).toEqual(['rollout/error-rate']);
    expect(ids(ALL, 'canary')).toEqual(['rollout/error-rate', 'rollout/latency']);
    expect(ids(ALL, 'shadow')).toEqual(['rollout/error-rate', 'rollout/latency', 'rollout/score-shift']);
  });

  it('passes an equal version in all of it', () => {
    const verdicts = judgeEvidence(
      { candidate: good(), champion: good() },
      { analysis: ALL, phase: 'shadow', stages: 3 },
    );
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['pass', 'pass', 'pass']);
  });

  it('shares the error of a fail over stages and tests, and gives each pass the whole', () => {
    const rounded = (rule: Parameters<typeof errorBudget>[0]) => {
      const { fail, pass } = errorBudget(rule);
      return [pass, fail].map((share) => Number(share.toFixed(6)));
    };
    expect(rounded({ analysis: ERROR_RATE, phase: 'canary', stages: 1 })).toEqual([0.05, 0.05]);
    expect(rounded({ analysis: ALL, phase: 'canary', stages: 5 })).toEqual([0.05, 0.003333]);
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
    'more latencies than requests': { asked: 10, latency: [[3, 11]] },
    'a latency outside the bins': { asked: 10, latency: [[100_000, 1]] },
    'a latency count that is NaN': { asked: 10, latency: [[3, Number.NaN]] },
    'differences whose sum is NaN': { asked: 10, paired: { rows: 2, sum: Number.NaN, sumSquares: 4 } },
    'more pairs than requests': { asked: 10, paired: { rows: 11, sum: 0, sumSquares: 0 } },
    'squares smaller than the mean allows': { asked: 10, paired: { rows: 2, sum: 10, sumSquares: 4 } },
  };

  it.each(Object.entries(broken))('is an error on either side, never a pass or a fail: %s', (_name, counts) => {
    for (const evidence of [
      { candidate: cellWith(counts), champion: good() },
      { candidate: good(), champion: cellWith(counts) },
    ]) {
      const verdicts = judgeEvidence(evidence, { analysis: ALL, phase: 'shadow', stages: 3 });
      expect(verdicts.map(({ verdict }) => verdict)).toEqual(['error', 'error', 'error']);
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
      latency: fc.array(fc.tuple(fc.nat(900), count), { maxLength: 4 }),
      paired: fc.option(fc.record({ rows: count, sum: fc.oneof(fc.integer(), count), sumSquares: count })),
    })
    .map((counts) => cellWith(counts));
  const sides = fc.record({ candidate: fc.option(cell), champion: fc.option(cell) });

  it('gives verdicts whose numbers can be written down, and passes only with both sides asked', () => {
    const seed = Number(process.env.SIGNALBOX_TEST_SEED ?? Date.now() % 2 ** 31);
    fc.assert(
      fc.property(sides, fc.constantFrom('shadow' as const, 'canary' as const), (evidence, phase) => {
        for (const verdict of judgeEvidence(evidence, { analysis: ALL, phase, stages: 2 })) {
          expect(JSON.parse(JSON.stringify(verdict))).toEqual(verdict);
          const asked = verdict.id === 'rollout/score-shift' ? [evidence.candidate] : Object.values(evidence);
          if (promotes(verdict.verdict)) expect(asked.every((one) => (one?.asked ?? 0) > 0)).toBe(true);
        }
      }),
      { seed, numRuns: 500 },
    );
  });
});
