import { binCount, type EvidenceCell } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { cellOn, inputOf, PROFILE, RULES } from '../../../tests/support/monitoring-fixture.js';
import { mulberry32, quantile } from '../../statistics/index.js';
import { monitor } from '../index.js';
import { compare } from './compare.js';
import { judgeSignal } from './judge-signal.js';
import { judgeWindow, type SignalWindow } from './judge-window.js';
import { mostMoved } from './most-moved.js';
import { signalsOf } from './signals.js';
import { variationOf } from './variation.js';

const SIGNALS = signalsOf(PROFILE, 86_400e6);
const [AMOUNT] = SIGNALS;
const whole = (cell: EvidenceCell | null) => ({ fromUs: 0, toUs: 1, coverage: 'whole' as const, cell });
const statesOf = (cell: EvidenceCell | null) => judgeWindow(whole(cell), SIGNALS, RULES.monitoring);

describe('comparing live counts with the reference', () => {
  it('finds nothing between equal shares, whatever the rows', () => {
    expect(compare([10, 20, 30], [100, 200, 300])).toMatchObject({ rows: 600, distance: 0, p: 1 });
  });

  it('says that there is nothing to compare, instead of a number', () => {
    expect(compare([10, 20], [0, 0])).toBeNull();
    expect(compare([0, 0], [1, 2])).toBeNull();
    expect(compare([10, 20], [1, 2, 3])).toBeNull();
  });

  it('takes all rows in one bin for agreement', () => {
    expect(compare([0, 50, 0], [0, 7, 0])).toMatchObject({ distance: 0, noiseFloor: 0, p: 1 });
  });

  it.each([
    { bins: 10, rows: 200 },
    { bins: 10, rows: 1000 },
    { bins: 24, rows: 1000 },
  ])(
    'knows the noise of $rows rows in $bins bins: 99 of 100 samples of the reference stay under the floor',
    ({ bins, rows }) => {
      const seed = 20010601 + bins + rows;
      const random = mulberry32(seed);
      const reference = new Array<number>(bins).fill(4000);
      const distances = Array.from({ length: 2000 }, () => {
        const live = new Array<number>(bins).fill(0);
        for (let row = 0; row < rows; row++) live[Math.floor(random() * bins)]!++;
        return compare(reference, live)!;
      });
      const simulated = quantile(Float64Array.from(distances.map(({ distance }) => distance)).sort(), 0.99);
      const { noiseFloor } = distances[0]!;
      expect(
        Math.abs(noiseFloor / simulated - 1),
        `seed ${seed}: ${noiseFloor} is not about ${simulated}`,
      ).toBeLessThan(0.05);
    },
  );
});

describe('one window', () => {
  it('is like the reference when it was drawn from it', () => {
    expect(statesOf(cellOn(0, { rows: 1000, seed: 1 })).map(({ state }) => state)).toEqual(['alike', 'alike', 'alike']);
  });

  it('drifts in the signal that moved, and in no other', () => {
    const cell = cellOn(0, { rows: 1000, seed: 2, shift: { feature: 'view.count', by: 25 } });
    expect(statesOf(cell).map(({ state }) => state)).toEqual(['alike', 'drifted', 'alike']);
  });

  it('drifts when values go missing, though the others look as before', () => {
    const cell = cellOn(0, { rows: 1000, seed: 3 });
    const [amount, count] = cell.features as [number[], number[]];
    const missing = [300, ...amount.slice(1).map((rows) => Math.round(rows * 0.7))];
    const found = statesOf({ ...cell, features: [missing, count] });
    expect(found[0]?.state).toBe('drifted');
    expect(mostMoved(AMOUNT!, missing)).toMatchObject({ label: 'missing', reference: 0 });
  });

  it('ignores an effect that is certain and small', () => {
    const cell = cellOn(0, { rows: 50_000, seed: 4, shift: { feature: 'view.count', by: 1 } });
    const found = statesOf(cell)[1]!;
    expect(found).toMatchObject({ state: 'alike' });
    expect('adjustedP' in found && found.adjustedP).toBeLessThan(1e-6);
  });

  it('asks for the same effect whatever the rows: few of them make any distance look larger', () => {
    const bounds = [300, 1000, 50_000].map((rows) => {
      const [window] = judgeWindow(whole(cellOn(0, { rows, seed: 6 })), SIGNALS, RULES.monitoring);
      if (!('bound' in window!)) throw new Error(window!.state);
      expect(window.bound).toBe(Math.max(Math.hypot(0.1, window.noiseMean), window.noiseFloor));
      return window.bound;
    });
    expect(bounds[0]).toBeGreaterThan(bounds[1]!);
    expect(bounds[1]).toBeCloseTo(0.108, 3);
    expect(bounds[2]).toBeCloseTo(0.1, 2);
  });

  it('may lie as far from the reference as the reference’s own windows do', () => {
    const cell = cellOn(0, { rows: 1000, seed: 2, shift: { feature: 'view.count', by: 25 } });
    const wandering = SIGNALS.map((signal) => ({ ...signal, variation: 0.6 }));
    expect(judgeWindow(whole(cell), wandering, RULES.monitoring)[1]).toMatchObject({ state: 'alike' });
  });

  it('cannot be judged on few rows, without rows, or when another version was champion in it', () => {
    expect(statesOf(cellOn(0, { rows: 199, seed: 5 }))[0]).toEqual({ state: 'too-few', rows: 199 });
    expect(statesOf(null)[0]).toEqual({ state: 'no-rows', rows: 0 });
    const cell = cellOn(0, { rows: 1000, seed: 5 });
    const found = judgeWindow({ ...whole(cell), coverage: 'taken-over' }, SIGNALS, RULES.monitoring);
    expect(found[0]).toEqual({ state: 'not-whole', rows: 1000 });
  });

  it('has no opinion on counts in other bins than the reference has', () => {
    const cell = { ...cellOn(0, { rows: 1000, seed: 6 }), score: [500, 500] };
    expect(statesOf(cell)[2]).toEqual({ state: 'no-rows', rows: 0 });
  });
});

describe('the reference’s own variation', () => {
  it('is the farthest of its windows from all the others', () => {
    expect(
      variationOf([
        [10, 10],
        [10, 10],
        [10, 10],
      ]),
    ).toBe(0);
    const wandering = variationOf([
      [10, 10],
      [10, 10],
      [20, 0],
    ]);
    expect(wandering).toBeCloseTo(compare([20, 20], [20, 0])!.distance, 12);
  });

  it('is not known from fewer than two windows with rows, nor from windows of another length', () => {
    expect(variationOf([])).toBeNull();
    expect(
      variationOf([
        [1, 2],
        [0, 0],
      ]),
    ).toBeNull();
    const windows = {
      windowUs: 3_600e6,
      features: [[], []],
      score: [
        [5, 5],
        [5, 5],
      ],
    };
    expect(signalsOf({ ...PROFILE, windows }, 3_600e6).map(({ variation }) => variation)).toEqual([null, null, 0]);
    expect(signalsOf({ ...PROFILE, windows }, 86_400e6).map(({ variation }) => variation)).toEqual([null, null, null]);
  });

  it('is told where it is not known', () => {
    expect(monitor(inputOf([], 1)).problems).toEqual([
      expect.stringContaining('how far windows of 1d lie apart in its reference'),
    ]);
  });
});

describe('k of n windows', () => {
  const judged = (state: 'drifted' | 'alike'): SignalWindow => ({
    state,
    rows: 1000,
    distance: state === 'drifted' ? 0.3 : 0.02,
    psi: 0.1,
    noiseMean: 0.03,
    noiseFloor: 0.05,
    bound: 0.1,
    p: 0,
    adjustedP: 0,
  });
  const WINDOWS: Readonly<Record<string, SignalWindow>> = {
    D: judged('drifted'),
    a: judged('alike'),
    f: { state: 'too-few', rows: 3 },
    _: { state: 'no-rows', rows: 0 },
    w: { state: 'not-whole', rows: 900 },
  };
  const verdictOf = (windows: string) => {
    const live = AMOUNT!.reference.counts;
    const found = [...windows].map((letter) => WINDOWS[letter]!);
    return judgeSignal({ signal: AMOUNT!, windows: found, windowUs: 86_400e6, live }, RULES.monitoring);
  };

  it.each([
    ['aaa', 'pass', 'nothing drifted'],
    ['DDDaaa', 'pass', 'it is over'],
    ['aaD', 'warn', 'one odd window is no drift'],
    ['aDD', 'fail', 'two of three'],
    ['DaD', 'fail', 'they need not follow each other'],
    ['DDf', 'fail', 'what is shown stays shown'],
    ['DfD', 'fail', 'a window between that cannot be judged hides nothing'],
    ['aDf', 'inconclusive', 'the third might have drifted'],
    ['a', 'inconclusive', 'two windows are still to come'],
    ['aa', 'pass', 'one window alone could not make it drift'],
    ['D', 'inconclusive', 'one window alone is no drift yet'],
    ['aff', 'inconclusive', 'two might have drifted'],
    ['aa_', 'pass', 'one empty window could not make it drift'],
    ['ff_', 'inconclusive', 'too few rows everywhere'],
    ['w', 'inconclusive', 'the version has just become live'],
    ['___', 'no-data', 'no row at all'],
    ['', 'no-data', 'no window at all'],
  ])('%s is %s: %s', (windows, verdict) => {
    expect(verdictOf(windows).verdict).toBe(verdict);
  });

  it('says in words what moved, by how much, and what noise would explain', () => {
    const cells = [-1, 0, 1, 2].map((day) =>
      cellOn(day, { rows: 1000, seed: 7 + day, ...(day > 0 && { shift: { feature: 'view.amount', by: 30 } }) }),
    );
    const [verdict] = monitor(inputOf(cells, 3)).verdicts;
    expect(verdict).toMatchObject({ id: 'drift/view.amount', verdict: 'fail', feature: 'view.amount' });
    expect(verdict?.sentence).toMatch(
      /^2 of 3 judged windows of 1d drifted: distance 0\.\d+ on 1,000 rows, drift above 0\.\d+; PSI [\d.]+; above 99: \d+ %, 0 % in training\.$/,
    );
  });
});

describe('false alarms and power of the whole policy', () => {
  it('reports nothing of 40 fortnights drawn from the reference', () => {
    const seed = 11;
    const reports = Array.from({ length: 40 }, (_, run) => {
      const cells = Array.from({ length: 15 }, (_, day) =>
        cellOn(day - 1, { rows: 400, seed: seed * 1000 + run * 20 + day }),
      );
      return monitor(inputOf(cells, 14)).verdicts.filter(
        ({ id, verdict }) => id.startsWith('drift/') && verdict !== 'pass',
      );
    }).flat();
    expect(reports, `seed ${seed}`).toEqual([]);
  });

  it('reports the same traffic once its values have moved', () => {
    const verdictsOf = (by: number) => {
      const cells = [-1, 0, 1, 2].map((day) =>
        cellOn(day, { rows: 400, seed: 90 + day, shift: { feature: 'view.count', by } }),
      );
      return Object.fromEntries(monitor(inputOf(cells, 3)).verdicts.map(({ id, verdict }) => [id, verdict]));
    };
    expect(verdictsOf(0)).toMatchObject({
      'drift/view.count': 'pass',
      'drift/view.amount': 'pass',
      'drift/score': 'pass',
    });
    expect(verdictsOf(20)).toMatchObject({
      'drift/view.count': 'fail',
      'drift/view.amount': 'pass',
      'drift/score': 'pass',
    });
  });
});

it('the fixture counts in the bins of its profile', () => {
  expect(cellOn(0, { rows: 1, seed: 1 }).features.map((counts) => counts.length)).toEqual(
    PROFILE.features.map(({ bins }) => binCount(bins)),
  );
});
