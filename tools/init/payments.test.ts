import { describe, expect, it } from 'vitest';
import { historyPeriods } from './init-repository.js';
import { generatePayments } from './payments.js';

describe('the made-up payments of a new repository', () => {
  const rows = generatePayments({ startMs: Date.UTC(2026, 0, 1), days: 30, seed: 1 })
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','));

  it('are the same for the same seed', () => {
    const options = { startMs: 0, days: 2, seed: 3 };
    expect(generatePayments(options)).toBe(generatePayments(options));
    expect(generatePayments(options)).not.toBe(generatePayments({ ...options, seed: 4 }));
  });

  it('are sorted by time, and none is settled before it is made or later than the source allows', () => {
    for (const [index, [paidAt, , , , , knownAt]] of rows.entries()) {
      if (index > 0) expect(paidAt! >= rows[index - 1]![0]!).toBe(true);
      const hours = (Date.parse(`${knownAt}Z`) - Date.parse(`${paidAt}Z`)) / 3_600_000;
      expect(hours).toBeGreaterThan(0);
      expect(hours).toBeLessThan(7 * 24);
    }
  });

  it('hold a signal: some merchants are disputed far more often than others', () => {
    const share = new Map<string, { disputed: number; all: number }>();
    for (const [, merchant, , , disputed] of rows) {
      const seen = share.get(merchant!) ?? { disputed: 0, all: 0 };
      share.set(merchant!, { disputed: seen.disputed + (disputed === 'true' ? 1 : 0), all: seen.all + 1 });
    }
    const shares = [...share.values()].map(({ disputed, all }) => disputed / all).sort((a, b) => a - b);
    expect(shares.at(-1)! - shares[0]!).toBeGreaterThan(0.3);
  });
});

describe('the periods of a new repository', () => {
  it('train on full windows, then evaluate on later rows whose outcomes are all known', () => {
    const periods = historyPeriods(Date.UTC(2026, 5, 15, 13));
    expect(periods).toEqual({
      startMs: Date.UTC(2026, 1, 15),
      trainFrom: '2026-03-17',
      trainTo: '2026-05-10',
      evaluateFrom: '2026-05-10',
      evaluateTo: '2026-06-09',
    });
  });
});
