import { type Metric, UNIT_GROUPS, US_PER_HOUR } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellWith, sideWith } from '../../../tests/support/evidence-cells.js';
import { type ExperimentArm, type ExperimentRule, judgeExperiment } from './judge-experiment.js';
import type { MetricReading } from './metric-reading.js';

const CLICKS: Metric = { kind: 'command', description: 'd', better: 'higher', command: ['x'], timeout: '1s' };
const RULE: ExperimentRule = {
  experiment: { share: 0.25, metric: 'clicks', minEffect: 0.01, minDuration: '1h', maxDuration: '10h', minSample: 100 },
  metric: CLICKS,
  confidence: 0.95,
  elapsedUs: 2 * US_PER_HOUR,
};

/** An arm whose requests are spread evenly over the groups of units. */
function armOf(version: number, reading: MetricReading | null, { buckets = 2500, asked = 3200 } = {}): ExperimentArm {
  const units = new Array<number>(UNIT_GROUPS).fill(asked / UNIT_GROUPS);
  const metrics = new Map(reading === null ? [] : [['clicks', reading] as const]);
  const cell = cellWith({ asked, units });
  return { version, buckets, evidence: sideWith(cell, { metrics }), split: cell };
}
const rate = (successes: number, total = 3200): MetricReading => ({ kind: 'rate', successes, total });
const championOf = (successes = 320) => armOf(1, rate(successes, 6400), { buckets: 5000, asked: 6400 });

/** Version 2 is asked for, version 3 is another arm. */
function judge(asked: MetricReading | null, other: MetricReading | null, change: Partial<ExperimentRule> = {}) {
  const evidence = { champion: championOf(), asked: armOf(2, asked), others: [armOf(3, other)] };
  const { verdicts, winner } = judgeExperiment(evidence, { ...RULE, ...change });
  return { experiment: verdicts[0]!, ratio: verdicts[1]!, winner };
}

describe('who wins an experiment', () => {
  it('is the asked version when it is shown to be better than the champion by more than the least effect', () => {
    const { experiment, winner } = judge(rate(640), rate(160));
    expect(winner).toBe(2);
    expect(experiment).toMatchObject({
      id: 'rollout/experiment',
      verdict: 'pass',
      value: expect.closeTo(0.15, 9),
      bound: 0.01,
    });
    expect(experiment.sentence).toMatch(
      /^Version 2 is shown to be better than version 1\. clicks, better by: version 2 0\.15 \(between /,
    );
  });

  it('is another arm, which refuses the asked version and names it', () => {
    const { experiment, winner } = judge(rate(160), rate(640));
    expect({ winner, verdict: experiment.verdict }).toEqual({ winner: 3, verdict: 'fail' });
    expect(experiment.sentence).toContain('Version 3 is shown to be better than version 1.');
  });

  it('is the best of several, and the asked one when they are alike', () => {
    expect(judge(rate(640), rate(960)).winner).toBe(3);
    expect(judge(rate(960), rate(640)).winner).toBe(2);
    expect(judge(rate(640), rate(640)).winner).toBe(2);
  });

  it('is who has less, where less is better', () => {
    const lower = { metric: { ...CLICKS, better: 'lower' as const } };
    const champion = championOf(1280);
    const evidence = { champion, asked: armOf(2, rate(160)), others: [armOf(3, rate(960))] };
    expect(judgeExperiment(evidence, { ...RULE, ...lower }).winner).toBe(2);
  });

  it('is nobody yet while the numbers leave it open', () => {
    const { experiment, winner } = judge(rate(200), rate(190));
    expect({ winner, verdict: experiment.verdict }).toEqual({ winner: null, verdict: 'inconclusive' });
    expect(experiment.sentence).toContain('More requests will tell.');
  });

  it('is nobody when no arm is better by the least effect, as soon as that is shown', () => {
    const { experiment, winner } = judge(rate(32), rate(16));
    expect({ winner, verdict: experiment.verdict }).toEqual({ winner: null, verdict: 'fail' });
    expect(experiment.sentence).toMatch(/^No version is better than version 1 by more than 0\.01\./);
  });

  it('is nobody after the longest duration, and only then', () => {
    const at = (hours: number) => judge(rate(200), rate(190), { elapsedUs: hours * US_PER_HOUR }).experiment;
    expect(at(9.99).verdict).toBe('inconclusive');
    expect(at(10)).toMatchObject({ verdict: 'fail', sentence: expect.stringContaining('within 10h') });
  });

  it('is still the better one when it is shown at the very end', () => {
    expect(judge(rate(640), rate(160), { elapsedUs: 11 * US_PER_HOUR }).winner).toBe(2);
  });

  it('is nobody before the least duration, without a clock, or with an arm that got too few requests', () => {
    for (const elapsedUs of [null, US_PER_HOUR - 1]) {
      expect(judge(rate(640), rate(160), { elapsedUs })).toMatchObject({
        winner: null,
        experiment: { verdict: 'inconclusive' },
      });
    }
    const experiment = { ...RULE.experiment, minSample: 3201 };
    const short = judge(rate(640), rate(160), { experiment });
    expect(short).toMatchObject({ winner: null, experiment: { sentence: expect.stringContaining('fewer than 3201') } });
  });

  it('divides the error by the arms: what wins alone may not win beside others', () => {
    const experiment = { ...RULE.experiment, minEffect: 0 };
    const close = rate(229);
    const alone = { champion: championOf(), asked: armOf(2, close), others: [] };
    const beside = { ...alone, others: [3, 4, 5].map((version) => armOf(version, close)) };
    const low = (evidence: typeof beside) =>
      judgeExperiment(evidence, { ...RULE, experiment }).verdicts[0]!.interval![0];
    expect(low(alone as typeof beside)).toBeGreaterThan(low(beside));
  });
});

describe('an experiment that proves nothing', () => {
  it('is void when the arms are not split as meant, whatever the metric says', () => {
    const evidence = { champion: championOf(), asked: armOf(2, rate(1280), { asked: 9600 }), others: [] };
    const { verdicts, winner } = judgeExperiment(evidence, RULE);
    expect(winner).toBeNull();
    expect(verdicts.map(({ verdict }) => verdict)).toEqual(['inconclusive', 'fail']);
  });

  it('has a metric that is missing, broken or a plain number on any arm', () => {
    const down: MetricReading = { kind: 'problem', verdict: 'error', sentence: 'it is down.' };
    expect(judge(rate(640), null)).toMatchObject({ winner: null, experiment: { verdict: 'no-data' } });
    expect(judge(rate(640), down)).toMatchObject({ winner: null, experiment: { verdict: 'error' } });
    expect(judge({ kind: 'number', value: 9 }, rate(160))).toMatchObject({
      winner: null,
      experiment: { verdict: 'error' },
    });
    expect(judge(rate(640), rate(160), { metric: undefined })).toMatchObject({
      winner: null,
      experiment: { verdict: 'error' },
    });
  });

  it('ends at its longest duration all the same', () => {
    const { experiment } = judge(rate(640), null, { elapsedUs: 10 * US_PER_HOUR });
    expect(experiment).toMatchObject({ verdict: 'fail', sentence: expect.stringContaining('was not read') });
  });

  it('never has a winner that is not shown to be better, whatever is read', () => {
    const seed = Number(process.env.SIGNALBOX_TEST_SEED ?? Date.now() % 2 ** 31);
    const reading = fc.oneof(
      fc.record({ kind: fc.constant('rate' as const), successes: fc.nat(3200), total: fc.nat(3200) }),
      fc.record({ kind: fc.constant('mean' as const), rows: fc.nat(3200), sum: fc.double(), sumSquares: fc.double() }),
      fc.record({ kind: fc.constant('number' as const), value: fc.double() }),
    );
    fc.assert(
      fc.property(reading, reading, fc.nat(12), (asked, other, hours) => {
        const { experiment, winner } = judge(asked, other, { elapsedUs: hours * US_PER_HOUR });
        expect(JSON.parse(JSON.stringify(experiment))).toEqual(experiment);
        expect(experiment.verdict === 'pass').toBe(winner === 2);
        if (winner === null) return;
        const won = winner === 2 ? asked : other;
        if (won.kind === 'rate')
          expect(won.successes / won.total).toBeGreaterThan(320 / 6400 + RULE.experiment.minEffect);
      }),
      { seed, numRuns: 300 },
    );
  });
});
