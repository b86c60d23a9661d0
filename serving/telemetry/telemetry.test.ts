import fc from 'fast-check';
import { Registry } from 'prom-client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStore } from '../../tests/support/memory-world.js';
import { PredictionIds, parsePredictionId } from './prediction-id.js';
import { PredictionLog, predictionLine } from './prediction-log.js';
import { SegmentLog } from './segment-log.js';
import { CounterFamily, HistogramFamily } from './series.js';
import { StatusWriter } from './status-writer.js';

describe('prediction ids', () => {
  it('give back everything that was put in, and never repeat', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9]{0,9}(-[a-z0-9]{1,5})?$/);
    const number = fc.integer({ min: 1, max: 999_999 });
    const parts = fc.record({ model: name, pod: name, version: number, serial: number });
    const dates = fc.array(fc.date({ noInvalidDate: true, min: new Date(0), max: new Date(4e12) }), { minLength: 1 });
    fc.assert(
      fc.property(parts, dates, ({ model, pod, version, serial }, dates) => {
        const ids = new PredictionIds(pod);
        const made = dates.map((date) => ids.next(`${model}.${version}.${serial}`, date.getTime()));
        expect(new Set(made).size).toBe(made.length);
        for (const [index, id] of made.entries()) {
          expect(parsePredictionId(id)).toEqual({
            model,
            version,
            serial,
            pod,
            wallMs: dates[index]!.getTime(),
            counter: index + 1,
          });
        }
      }),
    );
  });

  it.each(['', 'a', 'm.1.1.p.a', 'm.0.1.p.a.b', 'm.1.1.p.a.b.c', '../x.1.1.p.a.b', 'M.1.1.p.a.b', 'm.1.1.p q.a.b'])(
    'does not read %j',
    (text) => {
      expect(parsePredictionId(text)).toBeNull();
    },
  );
});

describe('predictionLine', () => {
  it('is the JSON of the record', () => {
    fc.assert(
      fc.property(
        fc.option(fc.string()),
        fc.dictionary(fc.string(), fc.array(fc.oneof(fc.string(), fc.integer()))),
        fc.array(fc.option(fc.float({ noNaN: true, noDefaultInfinity: true }))),
        (degraded, entities, features) => {
          const score = degraded === null ? 0.25 : null;
          const record = {
            ...{
              id: 'm.1.2.p.a.b',
              model: 'm',
              version: 1,
              package: 'sha256:x',
              serial: 2,
              atUs: 5,
              wallMs: 6,
              role: 'champion' as const,
            },
            ...{ degraded, score, entities, request: { distance: 5, name: 'é"', none: null } },
            ...{ failures: score === null ? [{ version: 2, reason: 'timeout' }] : [], sampled: score !== null },
            provided: Object.keys(entities),
            token: { atUs: 5, views: { 'sha256:v': { 0: 7 } } },
          };
          const line = predictionLine({
            ...record,
            features: Float32Array.from(features, (value) => value ?? Number.NaN),
          });
          expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify({ ...record, features })));
        },
      ),
    );
  });
});

describe('the sample of the prediction log', () => {
  const kept = (rate: number | null, replay: boolean): number => {
    let state = 0;
    const random = (): number => {
      state = (state + 0.01) % 1;
      return state;
    };
    const store = { write: async () => ({ etag: '' }) };
    const options = { store, environment: 'prod', pod: 'p', wallNow: Date.now, onProblem: () => {}, rate, random };
    const log = new PredictionLog(options);
    return Array.from({ length: 1_000 }, () => log.wants(replay)).filter(Boolean).length;
  };

  it('is everything in a replay, a tenth elsewhere, and what was asked for where it was', () => {
    expect(kept(null, true)).toBe(1_000);
    expect(kept(null, false)).toBeGreaterThan(80);
    expect(kept(null, false)).toBeLessThan(120);
    expect([kept(0, true), kept(1, false)]).toEqual([0, 1_000]);
  });
});

describe('SegmentLog', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
  afterEach(() => void vi.useRealTimers());

  const logWith = (over: { maxWaitingBytes?: number; segmentBytes?: number } = {}) => {
    const written = new Map<string, string>();
    const state = { fails: false, problems: 0 };
    const log = new SegmentLog<number>({
      store: {
        write: async (key, bytes) => {
          if (state.fails) throw new Error('disk full');
          written.set(key, String(bytes));
          return { etag: '' };
        },
      },
      prefix: 'evidence/prod/pod-1/predictions',
      serialise: (record) => `{"n":${record}}`,
      wallNow: () => 1000,
      flushMs: 100,
      onProblem: () => {
        state.problems += 1;
      },
      ...over,
    });
    return { log, written, state };
  };

  it('writes what was appended, in order, after the flush time', async () => {
    const { log, written } = logWith();
    for (const record of [1, 2, 3]) log.append(record);
    expect(written.size).toBe(0);
    await vi.advanceTimersByTimeAsync(100);
    await log.flush();
    expect([...written]).toEqual([
      ['evidence/prod/pod-1/predictions/1000-000001.jsonl', '{"n":1}\n{"n":2}\n{"n":3}\n'],
    ]);
    expect(log.written).toBe(3);
  });

  it('keeps segments while the store fails, and writes them when it is back', async () => {
    const { log, written, state } = logWith();
    state.fails = true;
    log.append(1);
    await log.flush();
    log.append(2);
    await log.flush();
    expect([written.size, state.problems, log.dropped]).toEqual([0, 2, 0]);
    state.fails = false;
    await log.flush();
    expect([...written.values()]).toEqual(['{"n":1}\n', '{"n":2}\n']);
  });

  it('tries once more when it is closed, then lets the process go', async () => {
    const { log, written, state } = logWith();
    state.fails = true;
    log.append(1);
    await log.close();
    expect(vi.getTimerCount()).toBe(0);
    log.append(2);
    expect([written.size, log.dropped]).toEqual([0, 1]);
  });

  it('drops the oldest segments, counted, when a failing store would cost too much memory', async () => {
    const { log, written, state } = logWith({ maxWaitingBytes: 20 });
    state.fails = true;
    for (const record of [1, 2, 3, 4]) {
      log.append(record);
      await log.flush();
    }
    state.fails = false;
    await log.flush();
    expect(log.dropped).toBe(2);
    expect([...written.values()]).toEqual(['{"n":3}\n', '{"n":4}\n']);
    // What was written makes room again.
    state.fails = true;
    for (const record of [5, 6]) {
      log.append(record);
      await log.flush();
    }
    expect(log.dropped).toBe(2);
    log.append(7);
    await log.flush();
    expect(log.dropped).toBe(3);
  });

  it('starts a new segment when one is full, and drops a line that fits in none', async () => {
    const { log, written } = logWith({ segmentBytes: 64 });
    const records = Array.from({ length: 12 }, (_, index) => index);
    for (const record of records) log.append(record);
    log.append('x'.repeat(100) as unknown as number);
    await log.flush();
    expect([...written.values()].join('')).toBe(records.map((n) => `{"n":${n}}\n`).join(''));
    expect(written.size).toBeGreaterThan(1);
    expect([log.written, log.dropped]).toEqual([12, 1]);
  });
});

describe('series', () => {
  it('come out of prom-client like its own metrics', async () => {
    const registry = new Registry();
    const counter = new CounterFamily('answers_total', 'Answers.').registerIn(registry);
    const histogram = new HistogramFamily('seconds', 'Time.', [0.1, 1]).registerIn(registry);
    counter.series({ model: 'm' }).value += 2;
    counter.series({ model: 'm' }).value += 1;
    for (const value of [0.05, 0.1, 0.5, 7]) histogram.series({ model: 'm' }).observe(value);
    expect(await registry.metrics()).toBe(
      [
        '# HELP answers_total Answers.',
        '# TYPE answers_total counter',
        'answers_total{model="m"} 3',
        '',
        '# HELP seconds Time.',
        '# TYPE seconds histogram',
        'seconds_bucket{model="m",le="0.1"} 2',
        'seconds_bucket{model="m",le="1"} 3',
        'seconds_bucket{model="m",le="+Inf"} 4',
        'seconds_sum{model="m"} 7.65',
        'seconds_count{model="m"} 4',
        '',
      ].join('\n'),
    );
  });
});

describe('StatusWriter', () => {
  it('writes at once when asked, one write at a time, and never throws', async () => {
    let running = 0;
    const problems: string[] = [];
    const texts: string[] = [];
    let version = 0;
    const writer = new StatusWriter({
      store: {
        read: async () => null,
        write: async (_key, bytes) => {
          running += 1;
          expect(running).toBe(1);
          await new Promise((resolve) => setTimeout(resolve, 5));
          running -= 1;
          if (version === 1) throw new Error('away');
          texts.push(String(bytes));
          return { etag: '' };
        },
      },
      environment: 'prod',
      pod: 'pod-1',
      intervalMs: 10_000,
      build: () => ({ version }) as never,
      onProblem: (problem) => problems.push(problem),
    });
    version = 1;
    await writer.write();
    version = 2;
    await Promise.all([writer.write(), writer.write(), writer.write()]);
    version = 3;
    await writer.close();
    expect(problems).toEqual(['away']);
    expect(texts.at(-1)).toBe('{"version":3}');
    expect(texts.length).toBeLessThanOrEqual(4);
  });

  it('says once that another process runs under the same name, and nothing of one that is gone', async () => {
    const store = new MemoryStore();
    const problems: string[] = [];
    const start = (startedAtMs: number) => {
      const about = { store, environment: 'prod', pod: 'pod-1', intervalMs: 10_000 };
      let writes = 0;
      const build = () => ({ startedAtMs, writes: ++writes }) as never;
      return new StatusWriter({ ...about, build, onProblem: (problem) => problems.push(`${startedAtMs}: ${problem}`) });
    };
    const [gone, first] = [start(1), start(2)];
    await gone.close();
    for (let i = 0; i < 3; i++) await first.write();
    expect(problems).toEqual([]);
    const second = start(3);
    for (let i = 0; i < 3; i++) for (const one of [second, first]) await one.write();
    expect(problems.filter((one) => one.startsWith('3:'))).toEqual([
      expect.stringMatching(/another process runs as pod pod-1 of prod .* give it a --name of its own/),
    ]);
    await Promise.all([first.close(), second.close()]);
  });
});
