import { parseInstantUs } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { RULES } from '../../tests/support/monitoring-fixture.js';
import { assertFewWindows, assertOrder, assertPast, usualStartUs } from './period.js';

const [APRIL, MAY] = [parseInstantUs('2001-04-01T00:00:00Z'), parseInstantUs('2001-05-01T00:00:00Z')];
const refusal = (said: string) =>
  expect.objectContaining({
    code: 'input/bad-argument',
    hint: expect.any(String),
    message: expect.stringContaining(said),
  });

describe('the period that is looked at', () => {
  it('ends after it begins, where both are said', () => {
    for (const period of [{}, { fromUs: MAY }, { toUs: APRIL }, { fromUs: APRIL, toUs: MAY }]) assertOrder(period);
    expect(() => assertOrder({ fromUs: MAY, toUs: APRIL })).toThrow(
      refusal('2001-05-01T00:00:00Z to 2001-04-01T00:00:00Z is empty'),
    );
    expect(() => assertOrder({ fromUs: MAY, toUs: MAY })).toThrow(refusal('is empty'));
  });

  it('begins before the newest event; it may reach past it', () => {
    assertPast({ fromUs: APRIL, toUs: MAY }, APRIL + 1);
    expect(() => assertPast({ fromUs: APRIL, toUs: MAY }, APRIL)).toThrow(
      refusal('the newest event came at 2001-04-01'),
    );
  });

  it('begins eight windows ago, or as many as drift must persist in', () => {
    const days = (of: number) => {
      const drift = { ...RULES.monitoring.drift, persistence: { windows: 2, of } };
      return (MAY - usualStartUs(MAY + 1, { ...RULES.monitoring, window: '1d', drift })) / 86_400_000_000;
    };
    expect([days(3), days(8), days(12)]).toEqual([8, 8, 12]);
  });

  it('has no years of hours', () => {
    const monitoring = { ...RULES.monitoring, window: '1h' };
    assertFewWindows({ fromUs: APRIL, toUs: MAY }, monitoring);
    expect(() => assertFewWindows({ fromUs: 0, toUs: MAY }, monitoring)).toThrow(refusal('windows of 1h'));
  });
});
