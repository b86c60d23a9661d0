import { letsThrough, type MetricGate, type VerdictKind } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Evaluation, PairedDifference, ScoreComparison } from '../evaluation/index.js';
import { type GateInput, gate, type InfrastructureEvidence, type LeakEvidence, verdictsLetThrough } from './index.js';

const ROWS = 1000;

interface Scores {
  readonly value: number;
  readonly interval?: [number, number];
}

function comparison(auc: Scores | null, difference?: PairedDifference): ScoreComparison {
  const metrics = auc === null ? {} : { auc: { ...auc, rows: ROWS } };
  return {
    candidate: { metrics, undefinedMetrics: auc === null ? { auc: 'both classes are needed' } : {} },
    champion: null,
    differences: difference === undefined ? {} : { auc: difference },
  };
}

const good = comparison({ value: 0.7, interval: [0.68, 0.72] });
const difference = (value: number, interval: [number, number]): PairedDifference => ({
  defined: true,
  value,
  interval,
  rows: ROWS,
});

const INFRASTRUCTURE: InfrastructureEvidence = {
  loadProblem: null,
  goldenProblem: null,
  missing: { features: 2, trainingRows: 100, unscored: [], scoredWithoutAny: true },
  latencyP95Ms: 1,
  latencyCalls: 100,
  servingCpuMs: 0.4,
  memoryBytes: 2 ** 20,
  packageBytes: 1000,
};

const LEAK: LeakEvidence = {
  declared: {
    labelColumns: ['late'],
    pastReaders: [],
    pastSources: [],
    requestReaders: [],
    rows: 10,
    knownEarly: 0,
    examples: [],
  },
  replay: { pastFeatures: 0, newSources: [], rows: 0, checked: 0, earlierEvents: 0, laterEvents: 0, differences: [] },
  overlap: { trainingRows: 10, evaluationRows: 10, shared: 0, examples: [] },
};

const EVERY_GATE = ['quality/*', 'champion/*', 'improvement/*', 'slice/*', 'leak/*', 'infrastructure/*', 'parity/*'];

const SLICES = [{ name: 'far', where: 'distance > 1', minRows: 100 }];

function input(
  changes: Partial<GateInput> & { quality?: MetricGate; slices?: MetricGate; overall?: ScoreComparison } = {},
) {
  const { quality = { min: 0.6, championMargin: 0.01, maxImprovement: 0.1 }, slices = { min: 0.6 }, overall } = changes;
  const evaluation: Evaluation = {
    rows: ROWS,
    overall: overall ?? good,
    slices: { far: { rows: 500, comparison: good } },
    candidateRecord: 'sha256:a',
    championRecord: null,
  };
  const made: GateInput = {
    model: {
      riskTier: 'low',
      gates: {
        quality: { auc: quality },
        slices: { auc: slices },
        infrastructure: { maxPackageSize: '1MiB', maxP95LatencyMs: 10, maxMemory: '1MiB' },
      },
      evaluation: { period: { from: '2001-01-01', to: '2001-02-01' }, metrics: ['auc'], slices: SLICES },
    },
    blockingGates: EVERY_GATE,
    evaluation,
    hasChampion: false,
    infrastructure: INFRASTRUCTURE,
    parity: { rows: 10, checked: 100, unexplained: 0, example: null },
    leak: LEAK,
    ...changes,
  };
  return made;
}

function kinds(from: GateInput): Record<string, VerdictKind> {
  return Object.fromEntries(gate(from).map(({ id, verdict }) => [id, verdict]));
}

describe('the gates', () => {
  it('let a first version through that keeps every bound', () => {
    const verdicts = gate(input());
    expect(verdictsLetThrough(verdicts)).toBe(true);
    expect(kinds(input())).toEqual({
      'quality/auc': 'pass',
      'champion/auc': 'bootstrap',
      'improvement/auc': 'bootstrap',
      'slice/far/auc': 'pass',
      'leak/declared-time': 'pass',
      'leak/replay': 'pass',
      'leak/overlap': 'pass',
      'infrastructure/load': 'pass',
      'infrastructure/golden': 'pass',
      'infrastructure/missing': 'pass',
      'infrastructure/latency': 'pass',
      'infrastructure/memory': 'pass',
      'infrastructure/size': 'pass',
      'parity/features': 'pass',
    });
  });

  const absolute: [string, Scores | null, MetricGate, VerdictKind][] = [
    ['the whole interval keeps the bound', { value: 0.7, interval: [0.65, 0.75] }, { min: 0.65 }, 'pass'],
    [
      'the value keeps it, the interval does not',
      { value: 0.7, interval: [0.64, 0.75] },
      { min: 0.65 },
      'inconclusive',
    ],
    ['the value breaks it', { value: 0.6, interval: [0.55, 0.7] }, { min: 0.65 }, 'fail'],
    ['there is no interval', { value: 0.7 }, { min: 0.65 }, 'inconclusive'],
    ['the metric is missing', null, { min: 0.65 }, 'no-data'],
    ['a highest value is kept', { value: 0.7, interval: [0.65, 0.75] }, { max: 0.75 }, 'pass'],
    ['a highest value is broken', { value: 0.8, interval: [0.7, 0.9] }, { max: 0.75 }, 'fail'],
  ];
  it.each(absolute)('quality: %s', (...[, scores, quality, verdict]) => {
    expect(kinds(input({ quality, overall: comparison(scores) }))['quality/auc']).toBe(verdict);
  });

  const relative: [string, PairedDifference | undefined, VerdictKind, VerdictKind][] = [
    ['shown to be no worse than the margin', difference(0.01, [-0.005, 0.02]), 'pass', 'pass'],
    ['not shown to be within the margin', difference(0.01, [-0.02, 0.03]), 'inconclusive', 'pass'],
    ['shown to be worse', difference(-0.05, [-0.06, -0.04]), 'fail', 'pass'],
    ['better than is believable', difference(0.2, [0.19, 0.21]), 'pass', 'fail'],
    ['perhaps better than is believable', difference(0.09, [0.07, 0.11]), 'pass', 'warn'],
    ['not comparable', { defined: false, reason: 'no rows' }, 'no-data', 'no-data'],
    ['not compared', undefined, 'no-data', 'no-data'],
  ];
  it.each(relative)('against the champion: %s', (...[, paired, champion, improvement]) => {
    const found = kinds(input({ hasChampion: true, overall: { ...good, differences: paired ? { auc: paired } : {} } }));
    expect([found['champion/auc'], found['improvement/auc']]).toEqual([champion, improvement]);
  });

  it('turn a metric that is better when lower', () => {
    const overall: ScoreComparison = {
      candidate: { metrics: { log_loss: { value: 0.4, interval: [0.39, 0.41], rows: ROWS } }, undefinedMetrics: {} },
      champion: null,
      differences: { log_loss: difference(0.05, [0.04, 0.06]) },
    };
    const made = input({ hasChampion: true, overall });
    const model = {
      ...made.model,
      gates: { ...made.model.gates, quality: { log_loss: { max: 0.5, championMargin: 0.01 } } },
    };
    const [quality, champion] = gate({ ...made, model });
    expect([quality?.verdict, champion?.verdict]).toEqual(['pass', 'fail']);
    expect(champion?.sentence).toContain('0.05 worse');
  });

  it('never pass a slice that is missing, too small, or without its metric', () => {
    const made = input();
    const slice = (slices: Evaluation['slices']) => kinds({ ...made, evaluation: { ...made.evaluation, slices } });
    expect(slice({})['slice/far/auc']).toBe('no-data');
    expect(slice({ far: { rows: 12, comparison: null } })['slice/far/auc']).toBe('no-data');
    expect(slice({ far: { rows: 500, comparison: comparison(null) } })['slice/far/auc']).toBe('no-data');
  });

  it('refuse a package that does not load, answers otherwise, is slow, or is large', () => {
    const tried = (changes: Partial<InfrastructureEvidence>) =>
      kinds(input({ infrastructure: { ...INFRASTRUCTURE, ...changes } }));
    expect(tried({ loadProblem: 'cut', latencyP95Ms: null, memoryBytes: null, missing: null })).toMatchObject({
      'infrastructure/load': 'fail',
      'infrastructure/golden': 'no-data',
      'infrastructure/missing': 'no-data',
      'infrastructure/latency': 'no-data',
      'infrastructure/memory': 'no-data',
    });
    expect(tried({ goldenProblem: 'row 3' })['infrastructure/golden']).toBe('fail');
    expect(tried({ latencyP95Ms: 11 })['infrastructure/latency']).toBe('fail');
    expect(tried({ memoryBytes: 2 ** 20 + 1 })['infrastructure/memory']).toBe('fail');
    expect(tried({ packageBytes: 2 ** 20 + 1 })['infrastructure/size']).toBe('fail');
  });

  const found = (from: GateInput, id: string) => gate(from).find((verdict) => verdict.id === id);

  it('refuse a model that has no score without a value that training rows lack, and warn of one that none of them lacks', () => {
    const tried = (missing: Partial<NonNullable<InfrastructureEvidence['missing']>>) =>
      found(
        input({ infrastructure: { ...INFRASTRUCTURE, missing: { ...INFRASTRUCTURE.missing!, ...missing } } }),
        'infrastructure/missing',
      );
    const [never, sometimes] = [0, 3].map((missingRows) => ({ name: `a.f${missingRows}`, missingRows }));
    expect(tried({ unscored: [never!] })).toMatchObject({ verdict: 'warn', feature: 'a.f0' });
    expect(tried({ unscored: [never!, sometimes!] })).toMatchObject({ verdict: 'fail', feature: 'a.f3' });
    expect(tried({ scoredWithoutAny: false })?.verdict).toBe('warn');
  });

  it('refuse a single unexplained difference between training and serving', () => {
    const parity = { rows: 10, checked: 100, unexplained: 1, example: 'a of label 3: 1 in the dataset, 2 online' };
    const verdict = gate(input({ parity })).find(({ id }) => id === 'parity/features');
    expect(verdict).toMatchObject({ verdict: 'fail', value: 1 });
    expect(verdict?.sentence).toContain('a of label 3');
  });

  it('soften a refusal that the policy does not name, and say what it was', () => {
    const made = input({ blockingGates: ['infrastructure/*', 'quality/log_loss'], quality: { min: 0.9 } });
    const found = gate(made);
    expect(found.find(({ id }) => id === 'quality/auc')).toMatchObject({ verdict: 'warn' });
    expect(found.find(({ id }) => id === 'quality/auc')?.sentence).toContain('(fail; it does not block');
  });

  it('refuse what the policy demands and nothing answered', () => {
    const found = gate(input({ blockingGates: [...EVERY_GATE, 'fairness/*', 'leak/future-copies'] }));
    expect(found.filter(({ verdict }) => verdict === 'no-data').map(({ id }) => id)).toEqual([
      'fairness/undeclared',
      'leak/future-copies',
    ]);
    expect(verdictsLetThrough(found)).toBe(false);
  });

  it('refuse a model whose risk tier the policy does not know', () => {
    const found = gate(input({ blockingGates: null }));
    expect(found).toMatchObject([{ id: 'policy/tier', verdict: 'error' }]);
    expect(verdictsLetThrough(found)).toBe(false);
  });

  it('let nothing through that was not judged at all', () => {
    expect(verdictsLetThrough([])).toBe(false);
  });
});

describe('a bound that is met exactly is kept', () => {
  const paired = (value: number, interval: [number, number]) =>
    kinds(input({ hasChampion: true, overall: { ...good, differences: { auc: difference(value, interval) } } }));

  it('against the champion, on both ends of the interval', () => {
    expect(paired(0, [-0.01, 0.01])['champion/auc']).toBe('pass');
    expect(paired(-0.02, [-0.03, -0.01])['champion/auc']).toBe('inconclusive');
  });

  it('for an improvement, and for the end of its interval', () => {
    expect(paired(0.1, [0.1, 0.1])['improvement/auc']).toBe('pass');
    expect(paired(0.1, [0.05, 0.11])['improvement/auc']).toBe('warn');
  });

  it('for latency and size', () => {
    const infrastructure = { ...INFRASTRUCTURE, latencyP95Ms: 10, packageBytes: 2 ** 20 };
    expect(kinds(input({ infrastructure }))).toMatchObject({
      'infrastructure/latency': 'pass',
      'infrastructure/size': 'pass',
    });
  });
});

describe('what a verdict says', () => {
  const found = (from: GateInput, id: string) => gate(from).find((verdict) => verdict.id === id);

  it('is the bound in words and as a formula, in the direction of the bound', () => {
    const least = found(input({ quality: { min: 0.6 } }), 'quality/auc');
    expect(least?.sentence).toContain('at least 0.6 is required');
    expect(least?.formula).toBe('low end of the 95 % interval >= 0.6');
    const most = found(input({ quality: { max: 0.8 } }), 'quality/auc');
    expect(most?.sentence).toContain('at most 0.8 is required');
    expect(most?.formula).toBe('high end of the 95 % interval <= 0.8');
  });

  it('is the difference to the champion as better or worse, no difference as no worse', () => {
    const said = (value: number) =>
      found(
        input({ hasChampion: true, overall: { ...good, differences: { auc: difference(value, [value, value]) } } }),
        'champion/auc',
      );
    expect(said(0.02)?.sentence).toContain('is 0.02 better');
    expect(said(-0.02)?.sentence).toContain('is 0.02 worse');
    expect(said(0)?.sentence).toContain('is 0 better');
    expect(said(0)?.formula).toBe('low end of the 95 % interval of the paired gain >= -0.01');
  });

  it('is what was measured of the package, with its bound', () => {
    expect(found(input(), 'infrastructure/latency')?.formula).toBe('p95 of single-row calls <= 10 ms');
    expect(found(input(), 'infrastructure/size')?.formula).toBe('bytes of all files <= 1048576');
    expect(
      found(
        input({ hasChampion: true, overall: { ...good, differences: { auc: difference(0, [0, 0]) } } }),
        'improvement/auc',
      )?.formula,
    ).toContain('paired gain <= 0.1');
  });
});

describe('laws of the gates', () => {
  const number = fc.double({ min: -1, max: 1, noNaN: true });
  const interval = fc.tuple(number, number).map(([a, b]): [number, number] => [Math.min(a, b), Math.max(a, b)]);
  const paired = fc
    .tuple(interval, fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([[low, high], at]) => difference(low + (high - low) * at, [low, high]));

  it('removing any evidence never turns a refusal into a yes', () => {
    const removals: ((from: GateInput) => GateInput)[] = [
      (from) => ({ ...from, infrastructure: null }),
      (from) => ({ ...from, parity: null }),
      (from) => ({ ...from, leak: null }),
      (from) => ({ ...from, leak: { ...LEAK, declared: null } }),
      (from) => ({ ...from, leak: { ...LEAK, replay: null } }),
      (from) => ({ ...from, leak: { ...LEAK, overlap: null } }),
      (from) => ({ ...from, infrastructure: { ...INFRASTRUCTURE, missing: null } }),
      (from) => ({ ...from, infrastructure: { ...INFRASTRUCTURE, memoryBytes: null } }),
      (from) => ({ ...from, parity: { rows: 0, checked: 0, unexplained: 0, example: null } }),
      (from) => ({ ...from, evaluation: { ...from.evaluation, slices: {} } }),
      (from) => ({ ...from, evaluation: { ...from.evaluation, overall: comparison(null) } }),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...removals), fc.boolean(), paired, (remove, hasChampion, gap) => {
        const made = input({ hasChampion, overall: { ...good, differences: { auc: gap } } });
        expect(verdictsLetThrough(gate(remove(made)))).toBe(false);
      }),
    );
  });

  it('a better candidate is never judged worse against the champion', () => {
    fc.assert(
      fc.property(paired, fc.double({ min: 0, max: 0.5, noNaN: true }), (gap, gain) => {
        if (!gap.defined) return;
        const rank: Record<string, number> = { fail: 0, inconclusive: 1, pass: 2 };
        const of = (shift: number) => {
          const moved = difference(gap.value + shift, [gap.interval[0] + shift, gap.interval[1] + shift]);
          return rank[
            kinds(input({ hasChampion: true, overall: { ...good, differences: { auc: moved } } }))['champion/auc']!
          ]!;
        };
        expect(of(gain)).toBeGreaterThanOrEqual(of(0));
      }),
    );
  });

  it('an interval that grows never turns a refusal into a pass', () => {
    fc.assert(
      fc.property(interval, fc.double({ min: 0, max: 0.5, noNaN: true }), number, ([low, high], more, bound) => {
        const value = (low + high) / 2;
        const passes = (scores: Scores) =>
          letsThrough(kinds(input({ quality: { min: bound }, overall: comparison(scores) }))['quality/auc']!);
        if (!passes({ value, interval: [low, high] })) {
          expect(passes({ value, interval: [low - more, high + more] })).toBe(false);
        }
      }),
    );
  });

  it('every verdict says something, and its figures are numbers', () => {
    fc.assert(
      fc.property(fc.boolean(), paired, fc.option(interval), (hasChampion, gap, ends) => {
        const scores = ends === null ? null : { value: (ends[0] + ends[1]) / 2, interval: ends };
        const overall = { ...comparison(scores), differences: { auc: gap } };
        for (const { id, sentence, value, bound } of gate(input({ hasChampion, overall }))) {
          expect(id).toMatch(/^[a-z][a-z0-9-]*(\/[a-z0-9_-]+)+$/);
          expect(sentence).toMatch(/^[A-Z0-9].*[.)]$/);
          expect(sentence).not.toMatch(/NaN|undefined|Infinity/);
          for (const figure of [value, bound]) if (figure !== undefined) expect(Number.isFinite(figure)).toBe(true);
        }
      }),
    );
  });
});
