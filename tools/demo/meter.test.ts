import { describe, expect, it } from 'vitest';
import { type Answer, Meter } from './meter.js';

const MINUTE_US = 60e6;

function answer(changes: Partial<Answer>): Answer {
  return { wallMs: 0, eventUs: 0, latencyMs: 1, pod: 'pod-1', version: 1, degraded: null, failure: null, ...changes };
}

function meterOf(...answers: Partial<Answer>[]): Meter {
  const meter = new Meter();
  for (const each of answers) meter.add(answer(each));
  return meter;
}

describe('the count of answers', () => {
  it('keeps failures and degraded answers apart', () => {
    const meter = meterOf({}, { degraded: 'timeout' }, { version: null, failure: '503' }, { degraded: 'timeout' });
    expect(meter.total).toBe(4);
    expect(meter.failures).toHaveLength(1);
    expect(meter.degraded).toEqual({ timeout: 2 });
  });

  it('finds the last answer of a version on any pod, whatever order the answers came in', () => {
    const meter = meterOf(
      { version: 2, wallMs: 30, pod: 'pod-2' },
      { version: 2, wallMs: 20 },
      { version: 1, wallMs: 90 },
    );
    expect(meter.lastAnswerBy(2)).toBe(30);
    expect(meter.lastAnswerBy(3)).toBeNull();
  });

  it('counts versions by quarter hour of event time, up to an end', () => {
    const meter = meterOf(
      { eventUs: 0 },
      { eventUs: 14 * MINUTE_US, version: 2 },
      { eventUs: 15 * MINUTE_US, version: null },
      { eventUs: 40 * MINUTE_US },
    );
    expect(meter.trafficBins(30 * MINUTE_US)).toEqual([
      { eventUs: 0, version: 'v1', answers: 1 },
      { eventUs: 0, version: 'v2', answers: 1 },
      { eventUs: 15 * MINUTE_US, version: 'none', answers: 1 },
    ]);
  });

  it('says who answered around a moment, in seconds from it', () => {
    const meter = meterOf({ wallMs: 8_000 }, { wallMs: 9_500, version: 2 }, { wallMs: 10_250 }, { wallMs: 13_000 });
    expect(meter.around(10_000, { before: 1, after: 2 })).toEqual([
      { atSeconds: -0.5, version: 'v2' },
      { atSeconds: 0.25, version: 'v1' },
    ]);
  });

  it('tells how far the replay was at a wall time', () => {
    const meter = meterOf({ wallMs: 10, eventUs: 1 }, { wallMs: 20, eventUs: 2 }, { wallMs: 30, eventUs: 3 });
    expect([5, 20, 29, 99].map((wallMs) => meter.eventTimeAt(wallMs))).toEqual([1, 2, 2, 3]);
  });

  it('takes quantiles of the latency', () => {
    const meter = meterOf(...Array.from({ length: 100 }, (_, index) => ({ latencyMs: 100 - index })));
    expect(meter.latencyMs(0.5)).toBe(51);
    expect(meter.latencyMs(0.99)).toBe(100);
    expect(new Meter().latencyMs(0.5)).toBe(0);
  });
});
