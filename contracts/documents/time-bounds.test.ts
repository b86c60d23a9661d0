import { describe, expect, it } from 'vitest';
import { timerMs } from '../time/duration.js';
import { reconcilePollMs, timestampValidityMs } from './time-bounds.js';

const settings = (poll: string, timestampValidity: string) => ({ reconcile: { poll }, timestampValidity });

describe('the times that a reconciler lives by', () => {
  it.each([
    ['0s', 100],
    ['200ms', 200],
    ['30d', 3_600_000],
  ])('look every %s in %i ms', (poll, ms) => {
    expect(reconcilePollMs(settings(poll, '1d'))).toBe(ms);
  });

  it.each([
    ['1s', '0s', 300_000],
    ['1s', '1d', 86_400_000],
    ['1h', '5m', 36_000_000],
    ['1s', '9999d', 30 * 86_400_000],
  ])('polling each %s, a timestamp of %s is signed for %i ms', (poll, validity, ms) => {
    expect(timestampValidityMs(settings(poll, validity))).toBe(ms);
  });

  it('are the usual ones where no document says them', () => {
    expect([reconcilePollMs(undefined), timestampValidityMs(undefined)]).toEqual([30_000, 86_400_000]);
  });

  it('never overflow a timer, which would end at once', () => {
    expect([timerMs(5), timerMs(30 * 86_400_000)]).toEqual([5, 2 ** 31 - 1]);
  });
});
