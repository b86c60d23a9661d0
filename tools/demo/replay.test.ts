import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Model } from '@signalbox/contracts';
import type { EventLog, NewEvent } from '@signalbox/serving/stores';
import { afterEach, describe, expect, it } from 'vitest';
import { Meter } from './meter.js';
import { PodClient } from './pod-client.js';
import { Replay, type ReplayPace } from './replay.js';
import type { SourceEvents } from './source-stream.js';

const MINUTE_US = 60e6;
const model = {
  label: { entities: { route: { from: 'origin', to: 'destination' } }, request: { miles: 'distance' } },
} as unknown as Model;

/** Flights that leave a minute apart, each known `flownMinutes` later. */
function flights(flownMinutes: readonly number[]): SourceEvents {
  const eventTs = Float64Array.from(flownMinutes, (_, row) => row * MINUTE_US);
  const arrivalTs = eventTs.map((at, row) => at + flownMinutes[row]! * MINUTE_US);
  const columns = new Map<string, readonly (string | number)[]>([
    ['origin', flownMinutes.map((_, row) => `A${row}`)],
    ['destination', flownMinutes.map(() => 'B')],
    ['distance', flownMinutes.map((_, row) => row)],
  ]);
  const byArrival = Uint32Array.from(arrivalTs.keys()).sort((a, b) => arrivalTs[a]! - arrivalTs[b]!);
  return { rows: flownMinutes.length, eventTs, arrivalTs, columns, byArrival };
}

interface Seen {
  readonly path: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever a client sends
  readonly body: any;
  /** How much of the log there was when the request came. */
  readonly logged: number;
}

describe('the replay', () => {
  const stops: (() => void)[] = [];
  afterEach(() => {
    for (const stop of stops.splice(0)) stop();
  });

  async function play(
    events: SourceEvents,
    answer: (seen: Seen) => { status: number; body: unknown },
    pace: Partial<ReplayPace> = {},
  ) {
    const seen: Seen[] = [];
    const logged: NewEvent[] = [];
    const address = await pod((path, body) => {
      seen.push({ path, body, logged: logged.length });
      return answer(seen.at(-1)!);
    });
    const meter = new Meter();
    const client = new PodClient({ name: 'pod-1', address }, 'delay');
    const replay = new Replay({
      topic: 'flights',
      model,
      events,
      outcomeOf: (_, row) => row % 2 === 0,
      requestOf: (_, inputs) => inputs,
      log: { append: async (_topic, batch) => void logged.push(...batch) } as Partial<EventLog> as EventLog,
      meter,
      signal: new AbortController().signal,
      startUs: 0,
      pace: { sliceUs: 5 * MINUTE_US, every: 1, maxPerSecond: 100_000, ...pace },
    });
    replay.useReadyPods([client]);
    await replay.playUntil(() => replay.nowUs >= 60 * MINUTE_US);
    stops.push(() => void client.close());
    const resume = async (rows: SourceEvents, minutes: number) => {
      replay.continueWith(rows, { sliceUs: 5 * MINUTE_US, every: 1, maxPerSecond: 100_000 });
      await replay.playUntil(() => replay.nowUs >= minutes * MINUTE_US);
    };
    return { seen, logged, meter, replay, resume };
  }

  async function pod(answer: (path: string, body: unknown) => { status: number; body: unknown }): Promise<string> {
    const server: Server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        const { status, body } = answer(request.url!, JSON.parse(text));
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    stops.push(() => server.close());
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  const predicts = (seen: Seen) => ({
    status: 200,
    body: { prediction: 0.5, predictionId: `p${seen.body.at}`, version: 1, degraded: null },
  });

  it('asks for each departure once, at its own time, in the words of the model', async () => {
    const { seen, meter } = await play(flights([5, 5, 5]), predicts);
    const asked = seen.filter(({ path }) => path.endsWith('/predict')).map(({ body }) => body);
    expect(asked.map(({ at }) => at)).toEqual([0, MINUTE_US, 2 * MINUTE_US]);
    expect(asked[1]).toMatchObject({ entities: { route: { from: 'A1', to: 'B' } }, request: { miles: 1 } });
    expect(meter.total).toBe(3);
    expect(meter.failures).toEqual([]);
  });

  it('never lets a request see an event that was not known at its time, and logs in the order of arrival', async () => {
    const events = flights([30, 3, 9, 14, 1, 40, 2, 2, 20, 5]);
    const { seen, logged } = await play(events, predicts);
    for (const { path, body, logged: count } of seen) {
      if (!path.endsWith('/predict')) continue;
      for (const event of logged.slice(0, count)) expect(event.arrivalTs!).toBeLessThanOrEqual(body.at);
    }
    expect(logged).toHaveLength(10);
    expect(logged.map((event) => event.arrivalTs)).toEqual([...events.arrivalTs].sort((a, b) => a - b));
  });

  it('reports an outcome only once it was observed, and only for what was answered', async () => {
    const { seen, replay } = await play(flights([7, 50, 300]), (at) =>
      at.body.at === MINUTE_US ? { status: 503, body: { error: 'busy' } } : predicts(at),
    );
    const outcomes = seen.filter(({ path }) => path === '/v1/outcomes').flatMap(({ body }) => body.outcomes);
    expect(outcomes).toEqual([{ predictionId: 'p0', outcome: true, observedAt: 7 * MINUTE_US }]);
    expect(replay.outcomesSent).toBe(1);
  });

  it('asks for the declared sample only, and logs everything all the same', async () => {
    const { seen, logged } = await play(flights([1, 1, 1, 1, 1, 1, 1]), predicts, { every: 3 });
    const asked = seen.filter(({ path }) => path.endsWith('/predict')).map(({ body }) => body.at);
    expect(asked).toEqual([0, 3 * MINUTE_US, 6 * MINUTE_US]);
    expect(logged).toHaveLength(7);
  });

  it('waits where the features are too far behind the log', async () => {
    let applied = 0;
    const { replay } = await play(
      flights([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]),
      (seen) => ({
        status: 200,
        body: { ...predicts(seen).body, token: { views: { v: { 0: Math.min(seen.logged, applied++) } } } },
      }),
      { maxBehind: 2 },
    );
    expect(replay.eventsLogged).toBe(12);
    expect(replay.eventsBehind).toBeLessThanOrEqual(2);
  });

  it('goes on with other rows without logging or asking twice', async () => {
    const { seen, logged, replay, resume } = await play(flights([7, 90, 30]), predicts);
    await resume(flights([7, 90, 30, 100]), 120);
    expect(logged.map((event) => event.arrivalTs)).toEqual([7, 32, 91, 103].map((minute) => minute * MINUTE_US));
    expect(seen.filter(({ path }) => path.endsWith('/predict'))).toHaveLength(3);
    expect(replay.outcomesSent).toBe(3);
  });

  it('counts an error, an answer without a number and a dead pod as failed, a degraded answer apart', async () => {
    const { meter } = await play(flights([1, 1, 1]), ({ body }) => {
      if (body.at === 0) return { status: 503, body: { error: 'busy' } };
      if (body.at === MINUTE_US) return { status: 200, body: { prediction: null } };
      return { status: 200, body: { prediction: 0.2, predictionId: 'p', version: 1, degraded: 'timeout' } };
    });
    expect(meter.failures.map(({ failure }) => failure)).toEqual([
      '503: {"error":"busy"}',
      'the answer holds no number',
    ]);
    expect(meter.degraded).toEqual({ timeout: 1 });
    const dead = new PodClient({ name: 'gone', address: 'http://127.0.0.1:9' }, 'delay');
    const { answer } = await dead.predict({ entities: {}, request: {}, unit: 'u', at: 0 });
    expect(answer).toMatchObject({ version: null, failure: expect.stringContaining('ECONNREFUSED') });
    await dead.close();
  });
});
