import { describe, expect, it } from 'vitest';
import { parseAnswerId } from './answer-id.js';

const NOW_MS = Date.UTC(2026, 0, 2);
const parse = (wallMs: number) => parseAnswerId(`late.1.1.pod-1.${wallMs.toString(36)}.1`, NOW_MS);

describe('the time of an id', () => {
  it('may be ahead of the clock by a minute, as clocks differ', () => {
    expect(parse(NOW_MS + 60_000).wallMs).toBe(NOW_MS + 60_000);
  });

  it('is of the future beyond that', () => {
    expect(() => parse(NOW_MS + 60_001)).toThrow(/names an answer of the future \(2026-01-02T00:01:00/);
  });
});
