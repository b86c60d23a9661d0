import { US_PER_DAY } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellOn, inputOf, LIVE, RULES, START_US } from '../../tests/support/monitoring-fixture.js';
import type { OutcomeJoin } from '../evidence/index.js';
import { describeMonitoring, type MonitorReport, monitor } from './index.js';
import { wholeWindows } from './windows.js';

const OTHER = `sha256:${'1'.repeat(64)}`;
const days = (from: number, to: number, change: Parameters<typeof cellOn>[1]['change'] = {}) =>
  Array.from({ length: to - from }, (_, i) =>
    cellOn(from + i, {
      rows: 400,
      seed: 70 + from + i,
      change: { ...change, windowUs: START_US + (from + i) * US_PER_DAY },
    }),
  );
const coverage = ({ windows }: MonitorReport) => windows.map((window) => window.coverage);
const kinds = ({ verdicts }: MonitorReport) => Object.fromEntries(verdicts.map(({ id, verdict }) => [id, verdict]));

describe('windows', () => {
  it('are whole, on one grid, and the same whenever one looks', () => {
    const times = fc.integer({ min: 0, max: 10_000 });
    fc.assert(
      fc.property(times, times, fc.integer({ min: 1, max: 500 }), (fromUs, toUs, lengthUs) => {
        const windows = wholeWindows({ fromUs, toUs }, lengthUs);
        const whole = windows.every(
          (window) => window.fromUs % lengthUs === 0 && window.fromUs >= fromUs && window.toUs <= toUs,
        );
        expect(whole).toBe(true);
        const expected = Math.floor(toUs / lengthUs) - Math.ceil(fromUs / lengthUs);
        expect(windows).toHaveLength(Math.max(0, expected));
      }),
    );
  });

  it('stand for themselves once the version was live from their start to their end', () => {
    expect(coverage(monitor(inputOf(days(-1, 3), 3)))).toEqual(['whole', 'whole', 'whole']);
  });

  it('do not where traffic began, nor where it began again after a pause', () => {
    expect(coverage(monitor(inputOf([...days(0, 2), ...days(4, 6)], 6)))).toEqual([
      'first',
      'whole',
      'whole',
      'first',
      'first',
      'whole',
    ]);
  });

  it('do not where another version was champion for a part of it', () => {
    const before = days(-1, 2, { package: OTHER, version: 1 });
    const taken = cellOn(1, { rows: 300, seed: 5, change: { windowUs: START_US + US_PER_DAY + 7 * 3_600_000_000 } });
    const report = monitor(inputOf([...before, taken, ...days(2, 5)], 5));
    expect(coverage(report)).toEqual(['taken-over', 'taken-over', 'whole', 'whole', 'whole']);
    expect(report.windows.map(({ traffic }) => traffic.asked)).toEqual([0, 300, 400, 400, 400]);
  });

  it('count the live version as champion alone: candidates and copies are picked otherwise', () => {
    const others = (['candidate', 'shadow', 'fallback', 'rule'] as const).flatMap((route) => days(-1, 3, { route }));
    expect(kinds(monitor(inputOf(others, 3)))['drift/score']).toBe('no-data');
    expect(kinds(monitor(inputOf([...others, ...days(-1, 3)], 3)))['drift/score']).toBe('pass');
  });

  it('say how many requests failed and how many answers were degraded', () => {
    const [first, second] = [
      cellOn(0, { rows: 300, seed: 1, change: { failed: { timeout: 2, 'not-finite': 1 }, degraded: 30 } }),
      cellOn(0, { rows: 100, seed: 2, change: { windowUs: START_US + 3_600_000_000 } }),
    ];
    const [window] = monitor(inputOf([first, second], 1)).windows;
    expect(window?.traffic).toEqual({ asked: 400, failed: 3 / 400, degraded: 30 / 400 });
  });
});

describe('plots', () => {
  it('get shares by bin, of the reference and of the windows that were judged, and the distance of every window', () => {
    const shifted = [-1, 0, 1, 2].map((day) =>
      cellOn(day, { rows: 400, seed: day + 9, shift: { feature: 'view.count', by: 20 } }),
    );
    const { signals } = monitor(inputOf(shifted, 3));
    for (const { labels, live, reference, windows } of signals) {
      expect([labels.length, live?.length, windows.length]).toEqual([reference.length, reference.length, 3]);
      for (const side of [live!, reference]) expect(side.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 9);
    }
    const count = signals.find(({ name }) => name === 'view.count')!;
    expect([count.labels.at(-1), count.reference.at(-1)]).toEqual(['above 99', 0]);
    expect(count.live?.at(-1)).toBeGreaterThan(0.15);
  });

  it('have no live side where nothing could be judged', () => {
    expect(monitor(inputOf([], 3)).signals.map(({ live }) => live)).toEqual([null, null, null]);
  });
});

describe('quality', () => {
  const cohort = { fromUs: START_US, toUs: START_US + US_PER_DAY };
  const joinOf = (outcomes: readonly (number | boolean)[], change: Partial<OutcomeJoin> = {}) => ({
    ...cohort,
    join: {
      joined: outcomes.map((outcome, row) => ({ id: `${row}`, atUs: START_US, score: (row % 100) / 100, outcome })),
      answers: outcomes.length,
      waiting: 0,
      repeated: 0,
      contradicted: 0,
      early: 0,
      unknown: 0,
      unreadable: 0,
      ...change,
    },
  });
  const verdictOf = (outcomes: ReturnType<typeof joinOf> | null) =>
    monitor(inputOf([], 1, { outcomes })).verdicts.find(({ id }) => id === 'quality/auc')!;
  /** The higher the score, the likelier the outcome; or the other way round. */
  const useful = Array.from({ length: 1000 }, (_, row) => (row % 100) + ((row * 37) % 60) > 80);
  const harmful = useful.map((outcome) => !outcome);

  it('passes and fails by the thresholds of the gates', () => {
    expect(verdictOf(joinOf(useful))).toMatchObject({ verdict: 'pass', bound: 0.6, sampleSize: 1000 });
    expect(verdictOf(joinOf(harmful))).toMatchObject({ verdict: 'fail' });
  });

  it('says for how many answers labels are in', () => {
    expect(verdictOf(joinOf(useful, { answers: 2000, waiting: 1000 })).sentence).toMatch(
      /Labels are in for 50 % of 2,000 sampled answers\.$/,
    );
  });

  it('is inconclusive on few labels, and no data without an answer or a mature window', () => {
    expect(verdictOf(joinOf(useful.slice(0, 199)))).toMatchObject({ verdict: 'inconclusive', sampleSize: 199 });
    expect(verdictOf(joinOf([]))).toMatchObject({ verdict: 'no-data' });
    expect(verdictOf(null)).toMatchObject({
      verdict: 'no-data',
      sentence: expect.stringContaining('label maturity of 1d'),
    });
  });

  it('has no opinion where only one class came back', () => {
    expect(verdictOf(joinOf(useful.map(() => true)))).toMatchObject({ verdict: 'no-data' });
  });

  it('takes 0 and 1 for labels and nothing between, and counts what is none', () => {
    const numbers = useful.map((outcome, row) => (row < 100 ? 0.5 : Number(outcome)));
    const { quality } = monitor(inputOf([], 1, { outcomes: joinOf(numbers) }));
    expect(quality).toMatchObject({ labelled: 900, notLabels: 100, coverage: 0.9 });
  });
});

describe('the words for a terminal', () => {
  it('say first what calls for somebody, then the traffic, the outcomes and the gaps in the evidence', () => {
    const cells = [-1, 0, 1, 2].map((day) =>
      cellOn(day, {
        rows: 400,
        seed: day + 30,
        shift: { feature: 'view.count', by: 20 },
        change: { degraded: 2, windowUs: START_US + day * US_PER_DAY },
      }),
    );
    const text = describeMonitoring(
      monitor(inputOf(cells, 3, { problems: ['segment 3 of pod-1 (process a) is missing'] })),
    );
    const lines = text.split('\n');
    expect(lines[0]).toBe(
      'late version 2 in prod, 2001-06-01T00:00:00Z to 2001-06-04T00:00:00Z: 2 pass, 1 fail, 1 no-data',
    );
    expect(lines[1]).toMatch(/^ {2}fail +drift\/view\.count: 3 of 3 judged windows of 1d drifted: distance /);
    expect(lines[3]).toBe('  2001-06-01T00:00:00Z 1d: 400 requests, 0 % failed, 0.5 % degraded');
    expect(lines.at(-1)).toBe('  evidence: segment 3 of pod-1 (process a) is missing');
  });
});

it('the same evidence gives the same report, in whatever order it comes', () => {
  const cells = [...days(-1, 3), ...days(-1, 3, { serial: 2 })];
  const before = monitor(inputOf(cells, 3, { live: LIVE, rules: RULES }));
  expect(monitor(inputOf([...cells].reverse(), 3))).toEqual(before);
});
