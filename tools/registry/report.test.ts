import type { Verdict } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import type { ScoreComparison } from '../evaluation/index.js';
import { type ReportFacts, renderReport } from './report.js';
import { thresholdChanges } from './threshold-changes.js';

const COMPARISON: ScoreComparison = {
  candidate: { metrics: { auc: { value: 0.706, interval: [0.702, 0.71], rows: 1200 } }, undefinedMetrics: {} },
  champion: { metrics: { auc: { value: 0.655, interval: [0.651, 0.659], rows: 1200 } }, undefinedMetrics: {} },
  differences: { auc: { defined: true, value: 0.051, interval: [0.047, 0.055], rows: 1200 } },
};

const PASS: Verdict = {
  id: 'quality/auc',
  verdict: 'pass',
  sentence: 'It is good.',
  value: 0.706,
  interval: [0.702, 0.71],
  bound: 0.6,
  formula: 'a | b',
  sampleSize: 1200,
};
const FAIL: Verdict = { id: 'champion/auc', verdict: 'fail', sentence: 'It is worse than the champion.' };

const FACTS: ReportFacts = {
  model: 'flight-delay',
  version: 2,
  environment: 'prod',
  champion: { version: 1 },
  verdicts: [PASS],
  evaluation: {
    rows: 1200,
    overall: COMPARISON,
    slices: { far: { rows: 600, comparison: COMPARISON }, tiny: { rows: 3, comparison: null } },
    candidateRecord: 'sha256:1',
    championRecord: 'sha256:2',
  },
  features: { added: ['origin.count_1h'], removed: [], count: 3 },
  period: {
    training: { from: '2001-01-08', to: '2001-03-01', rows: 5000 },
    evaluation: { from: '2001-03-01', to: '2001-04-01' },
  },
  thresholds: [],
  package: `sha256:${'a'.repeat(64)}`,
  commit: 'b'.repeat(40),
  run: { id: 'flight-delay-0123456789ab', cpuSeconds: 1.5, peakBytes: 2 ** 28 },
  log: [],
};

describe('the report of a pull request', () => {
  it('says the verdict in its first line', () => {
    expect(renderReport(FACTS).split('\n')[0]).toBe(
      '## ✅ flight-delay version 2 may be released (against version 1, live in prod)',
    );
    expect(renderReport({ ...FACTS, verdicts: [PASS, FAIL] }).split('\n')[0]).toContain('is refused by `champion/auc`');
  });

  it('tells every refusal and warning in a sentence before the tables', () => {
    const report = renderReport({ ...FACTS, verdicts: [PASS, FAIL] });
    expect(report.indexOf('It is worse than the champion.')).toBeLessThan(report.indexOf('### Scores'));
  });

  it('shows the rows of a refusal under its sentence, refusals before warnings', () => {
    const rows = ['label 7: trained on 3, known then 1', 'label 8: trained on 2, known then nothing'];
    const warning = { ...FAIL, id: 'leak/overlap', verdict: 'warn' as const, sentence: 'Look here.' };
    const report = renderReport({ ...FACTS, verdicts: [warning, { ...FAIL, examples: rows }] });
    expect(report).toContain(`${FAIL.sentence}\n  - ${rows[0]}\n  - ${rows[1]}\n- ⚠️ warn \`leak/overlap\`: Look here.`);
  });

  it('folds the table of all gates and where the version comes from', () => {
    const report = renderReport(FACTS);
    expect(report.match(/<details><summary>([^<]*)<\/summary>\n\n/g)).toEqual([
      '<details><summary>Where it comes from</summary>\n\n',
      '<details><summary>All 1 gates</summary>\n\n',
    ]);
  });

  it('has a row for each gate with value, bound, formula and sample, and keeps pipes inside their cell', () => {
    expect(renderReport(FACTS)).toContain(
      '| `quality/auc` | ✅ pass | 0.706 [0.702, 0.71] | 0.6 | a `\\|` b | 1,200 |',
    );
  });

  it('draws a chart of the slices that were evaluated, the champion as a line', () => {
    const report = renderReport(FACTS);
    expect(report).toContain('x-axis ["all", "far"]');
    expect(report).toContain('x-axis ["auc"');
    expect(report).toMatch(/bar \[0\.7060, 0\.7060\]\n {2}line \[0\.6550, 0\.6550\]/);
  });

  it('speaks of a first version without a champion', () => {
    const overall = { ...COMPARISON, champion: null, differences: {} };
    const report = renderReport({
      ...FACTS,
      champion: null,
      evaluation: { ...FACTS.evaluation, overall, slices: {}, championRecord: null },
    });
    expect(report).toContain('there is no champion yet');
    expect(report).not.toContain('line [');
    expect(report).toContain('Before a first release there is nothing to go back to.');
  });

  it('warns first of rules that the branch changes', () => {
    const report = renderReport({
      ...FACTS,
      thresholds: [{ field: 'gates.quality.auc.min', before: '0.6', after: '0.5' }],
    });
    expect(report).toContain(
      '> [!WARNING]\n> This branch changes the rules that it is judged by:\n> - `gates.quality.auc.min`: `0.6` → `0.5`',
    );
    expect(report.indexOf('[!WARNING]')).toBeLessThan(report.indexOf('### Scores'));
  });

  it('stays under the size of a GitHub comment with a thousand gates', () => {
    const verdicts = Array.from({ length: 1000 }, (_, i) => ({ ...FAIL, id: `slice/part-${i}/auc` }));
    expect(renderReport({ ...FACTS, verdicts }).length).toBeLessThan(65_536);
    const examples = Array.from({ length: 10 }, () => 'x'.repeat(200));
    const long = verdicts.map((verdict) => ({
      ...verdict,
      sentence: 'y'.repeat(1000),
      examples,
      formula: 'z'.repeat(400),
    }));
    const report = renderReport({ ...FACTS, verdicts: long });
    expect(report.length).toBeLessThan(65_536);
    expect(report.includes('How to go back')).toBe(true);
  });
});

describe('changes of the rules', () => {
  type Rules = Parameters<typeof thresholdChanges>[1];
  const rules = (min: number, slices: unknown[] = []): Rules =>
    ({ gates: { quality: { auc: { min } } }, evaluation: { slices }, riskTier: 'low', label: {} }) as unknown as Rules;

  it('are named by their path, with what was and what is', () => {
    expect(thresholdChanges(rules(0.6), rules(0.5))).toEqual([
      { field: 'gates.quality.auc.min', before: '0.6', after: '0.5' },
    ]);
    expect(thresholdChanges(rules(0.6, [{ name: 'far' }]), rules(0.6))).toEqual([
      { field: 'evaluation.slices.0.name', before: '"far"', after: 'nothing' },
    ]);
  });

  it('are none for a model that the main branch does not have, or that is the same', () => {
    expect(thresholdChanges(undefined, rules(0.5))).toEqual([]);
    expect(thresholdChanges(rules(0.5), rules(0.5))).toEqual([]);
  });
});
