import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CompiledAggregateView, encodeEntityKey, type FeatureBundle, hopOfWindow } from '@signalbox/contracts';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { OnlineFeatureReader } from '../features/index.js';
import { type OracleEvent, oracleWindow } from '../features/windows.oracle.js';
import {
  type EventLog,
  LmdbOnlineStore,
  LocalEventLog,
  type OnlineCommit,
  type OnlineKey,
  type OnlineStore,
} from '../stores/index.js';
import { RejectedFiles } from './rejected-events.js';
import { runMaterializer } from './run-materializer.js';
import { ViewMaterializer } from './view-materializer.js';

const [MINUTE, HOUR, DAY] = [60e6, 3600e6, 86400e6];
const WINDOWS = { '5m': 5 * MINUTE, '1h': HOUR, '6h': 6 * HOUR, '24h': DAY, '14d': 14 * DAY };

function exampleView(
  options: { delayUs?: number; latenessUs?: number; skewUs?: number; digest?: string } = {},
): CompiledAggregateView {
  const features = Object.entries(WINDOWS).flatMap(([name, windowUs]) =>
    (
      [
        ['count', [0]],
        ['sum', [1, 2]],
        ['mean', [1, 2]],
        ['min', [3]],
        ['max', [4]],
        ['share', [5, 2]],
      ] as const
    ).map(([fn, slots]) => ({ name: `${fn}_${name}`, function: fn, windowUs, hopUs: hopOfWindow(windowUs), slots })),
  );
  return {
    kind: 'aggregate',
    name: 'origin_delays',
    digest: options.digest ?? 'sha256:view',
    entity: { name: 'origin', keys: [{ name: 'origin', type: 'string' }] },
    keyColumns: ['origin'],
    source: {
      name: 'flights',
      columns: { date: 'timestamp', delay: 'int', origin: 'string' },
      eventTime: 'date',
      allowedLatenessUs: options.latenessUs ?? 2 * DAY,
      futureSkewUs: options.skewUs ?? 0,
    },
    mode: 'sawtooth',
    delayUs: options.delayUs ?? 0,
    slots: [
      { op: 'count', input: null },
      { op: 'sum', input: 'delay' },
      { op: 'count', input: 'delay' },
      { op: 'min', input: 'delay' },
      { op: 'max', input: 'delay' },
      { op: 'sum', input: 'delay < 0' },
    ],
    features,
  };
}

const bundleOf = (view: CompiledAggregateView): FeatureBundle => ({
  schema: 'signalbox/feature-bundle/1',
  views: [view],
  order: view.features.map((feature) => `${view.name}.${feature.name}`),
});

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-materializer-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function withStores<T>(partitions: number, work: (log: EventLog, online: OnlineStore) => Promise<T>): Promise<T> {
  const at = await mkdtemp(join(folder, 'case-'));
  const log = new LocalEventLog(join(at, 'log'), { partitions });
  const online = new LmdbOnlineStore(join(at, 'online'));
  try {
    return await work(log, online);
  } finally {
    await log.close();
    await online.close();
    await rm(at, { recursive: true, force: true });
  }
}

const row = (eventTs: number, origin: string | null, delay: number | null) => ({ date: eventTs, delay, origin });

/** A store that dies before or after the commits told, as a process would. */
class CrashingStore implements OnlineStore {
  readonly #inner: OnlineStore;
  readonly #crashes: ('before' | 'after' | null)[];
  constructor(inner: OnlineStore, crashes: readonly ('before' | 'after' | null)[]) {
    this.#inner = inner;
    this.#crashes = [...crashes];
  }
  read = (keys: readonly OnlineKey[]) => this.#inner.read(keys);
  appliedOffsets = (view: string) => this.#inner.appliedOffsets(view);
  registerView: OnlineStore['registerView'] = (view, offsets) => this.#inner.registerView(view, offsets);
  loadView: OnlineStore['loadView'] = (view, load) => this.#inner.loadView(view, load);
  registeredViews = () => this.#inner.registeredViews();
  close = () => this.#inner.close();
  async commit(batch: OnlineCommit): Promise<void> {
    const crash = this.#crashes.shift() ?? null;
    if (crash === 'before') throw new Error('crashed before the commit');
    await this.#inner.commit(batch);
    if (crash === 'after') throw new Error('crashed after the commit');
  }
}

const ORIGINS = ['ATL', 'ORD', '["x"]', 'ü:;"'];
const DAY_0 = 10_000 * DAY;

/** Event times on the lattice where mistakes live: hop edges, one microsecond around them, midnight, ties. */
const eventTime = fc
  .tuple(
    fc.constantFrom(0, 5 * MINUTE, HOUR, 6 * HOUR, DAY, 13 * DAY, 14 * DAY, 15 * DAY),
    fc.integer({ min: 0, max: 40 }).map((n) => n * 5 * MINUTE),
    fc.constantFrom(-1, 0, 0, 1),
  )
  .map(([base, hops, edge]) => DAY_0 + base + hops + edge);

const history = fc
  .array(
    fc.record({
      eventTs: eventTime,
      lateness: fc.constantFrom(0, 0, 1, MINUTE, HOUR, 2 * DAY, 2 * DAY + 1, -1, -MINUTE, -MINUTE - 1),
      key: fc.constantFrom(...ORIGINS),
      value: fc.option(fc.integer({ min: -5, max: 300 }), { nil: null, freq: 8 }),
    }),
    { minLength: 1, maxLength: 120 },
  )
  .map((events) =>
    events
      .map((event) => ({ ...event, arrivalTs: event.eventTs + event.lateness }))
      .sort((a, b) => a.arrivalTs - b.arrivalTs),
  );

async function logged(log: EventLog, partitions: number): Promise<OracleEvent[]> {
  const events: OracleEvent[] = [];
  for (let partition = 0; partition < partitions; partition++)
    for (const event of await log.read('flights', partition, { from: 0, max: 1e6 }))
      events.push({
        ...event,
        key: event.row.origin as string,
        value: event.row.delay as number | null,
      });
  return events;
}

async function assertEqualsOracle(
  log: EventLog,
  online: OnlineStore,
  { view, partitions, atUs }: { view: CompiledAggregateView; partitions: number; atUs: number },
): Promise<void> {
  const events = await logged(log, partitions);
  const reader = new OnlineFeatureReader(bundleOf(view), online);
  for (const key of [...ORIGINS, 'NOWHERE']) {
    const { values, statuses, token } = await reader.read({ entities: { origin: [key] }, request: {}, atUs });
    expect(token.atUs).toBeGreaterThanOrEqual(atUs);
    const question = {
      key,
      atUs: token.atUs,
      delayUs: view.delayUs,
      allowedLatenessUs: view.source.allowedLatenessUs,
      futureSkewUs: view.source.futureSkewUs,
      applied: token.views[view.digest]!,
    };
    const expected: Record<string, number | null> = {};
    for (const [name, windowUs] of Object.entries(WINDOWS)) {
      const answer = oracleWindow(events, question, { windowUs, hopUs: hopOfWindow(windowUs) });
      const { negative, ...others } = answer;
      for (const [fn, value] of Object.entries({ ...others, share: negative })) expected[`${fn}_${name}`] = value;
    }
    const got = Object.fromEntries(
      view.features.map(({ name }, i) => [name, Number.isNaN(values[i]) ? null : values[i]!]),
    );
    const rounded = Object.fromEntries(
      Object.entries(expected).map(([name, value]) => [name, value === null ? null : Math.fround(value)]),
    );
    expect(got).toEqual(rounded);
    const known = events.some((event) => event.key === key && event.offset < (question.applied[event.partition] ?? 0));
    if (!known) expect(new Set(statuses)).toEqual(new Set(['NOT_FOUND']));
  }
}

describe('the materializer', () => {
  it('gives the values of the oracle for any history, cut anywhere, crashed anywhere, in any number of partitions', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.record({
          partitions: fc.integer({ min: 1, max: 3 }),
          cuts: fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 }),
          crashes: fc.array(fc.constantFrom('before' as const, 'after' as const, null, null), { maxLength: 12 }),
          delayUs: fc.constantFrom(0, 1, 30 * MINUTE, 2 * HOUR),
          skewUs: fc.constantFrom(0, MINUTE),
          ahead: fc.constantFrom(0, 1, MINUTE, HOUR, 3 * DAY, 15 * DAY),
        }),
        async (events, { partitions, cuts, crashes, delayUs, skewUs, ahead }) => {
          await withStores(partitions, async (log, online) => {
            const view = exampleView({ delayUs, skewUs });
            await online.registerView(view, {});
            let from = 0;
            for (let cut = 0; from < events.length; cut++) {
              const part = events.slice(from, from + cuts[cut % cuts.length]!);
              from += part.length;
              await log.append(
                'flights',
                part.map(({ eventTs, arrivalTs, key, value }) => ({
                  eventTs,
                  arrivalTs,
                  key: `${key}${value}`,
                  row: row(eventTs, key, value),
                })),
              );
              // Every crash is a new process on the same stores.
              let store: OnlineStore = new CrashingStore(online, crashes.splice(0, 2));
              for (let lives = 0; lives < 4; lives++) {
                const done = await runMaterializer({ log, online: store, once: true }).then(
                  () => true,
                  () => false,
                );
                if (done) break;
                store = new CrashingStore(online, crashes.splice(0, 1));
              }
              await runMaterializer({ log, online, once: true });
              const newest = part.at(-1)!.arrivalTs;
              await assertEqualsOracle(log, online, { view, partitions, atUs: newest + (cut % 2 ? ahead : 0) });
            }
            await assertEqualsOracle(log, online, { view, partitions, atUs: events.at(-1)!.arrivalTs + ahead });
          });
        },
      ),
      { numRuns: 60 },
    );
  }, 120_000);

  it('says its lag, counts late and malformed events, writes them with the reason, and goes on', async () => {
    await withStores(1, async (log, online) => {
      await online.registerView(exampleView({ latenessUs: HOUR }), {});
      const at = DAY_0;
      await log.append('flights', [
        { eventTs: at, arrivalTs: at, key: 'a', row: row(at, 'ATL', 1) },
        { eventTs: at - HOUR - 1, arrivalTs: at, key: 'a', row: row(at - HOUR - 1, 'ATL', 1) },
        { eventTs: at + 1, arrivalTs: at, key: 'a', row: row(at + 1, 'ATL', 1) },
        { eventTs: at, arrivalTs: at, key: 'a', row: { date: at, delay: 'soon', origin: 'ATL' } },
        { eventTs: at, arrivalTs: at, key: 'a', row: { date: at, origin: 'ATL' } },
        { eventTs: at, arrivalTs: at, key: 'a', row: row(at + 5, 'ATL', 1) },
        { eventTs: at, arrivalTs: at, key: 'a', row: row(at, null, 1) },
        { eventTs: at, arrivalTs: at, key: 'a', row: row(at, 'ATL', 2) },
      ]);
      const rejected = new RejectedFiles(folder);
      const progress = await runMaterializer({ log, online, rejected, once: true });
      expect(progress).toEqual({
        views: [{ name: 'origin_delays', digest: 'sha256:view', behind: 0 }],
        consumed: 8,
        applied: 2,
        late: 2,
        malformed: 3,
      });
      const lines = async (kind: string) =>
        (await readFile(join(folder, kind, 'origin_delays.jsonl'), 'utf8'))
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as { offset: number; reason: string });
      expect((await lines('late')).map(({ offset }) => offset)).toEqual([1, 2]);
      expect((await lines('malformed')).map(({ offset, reason }) => [offset, reason])).toEqual([
        [3, 'the column delay must be of type int, got "soon"'],
        [4, 'the column delay is missing'],
        [5, expect.stringContaining('the column date is')],
      ]);
    });
  });

  it('follows the log within a tenth of a second, takes up a view registered later, and stops when told', async () => {
    await withStores(1, async (log, online) => {
      const stop = new AbortController();
      const running = runMaterializer({ log, online, signal: stop.signal });
      await online.registerView(exampleView(), {});
      const waits: number[] = [];
      for (let n = 1; n <= 5; n++) {
        await log.append('flights', [{ eventTs: DAY_0, arrivalTs: DAY_0 + n, key: 'a', row: row(DAY_0, 'ATL', n) }]);
        const start = performance.now();
        while ((await online.appliedOffsets('sha256:view'))?.[0] !== n) await new Promise((r) => setTimeout(r, 2));
        waits.push(performance.now() - start);
      }
      stop.abort();
      await running;
      expect(waits.sort((a, b) => a - b)[2]).toBeLessThan(100);
    });
  });

  it('applies a batch once although its commit failed and the same process tries again', async () => {
    await withStores(1, async (log, online) => {
      const view = exampleView();
      await online.registerView(view, {});
      const failing = new ViewMaterializer(
        { view, loadedUntilUs: null },
        { log, online: new CrashingStore(online, [null, 'before', 'after']) },
      );
      for (let n = 0; n < 3; n++) {
        const at = DAY_0 + n * HOUR;
        await log.append('flights', [{ eventTs: at, arrivalTs: at, key: 'a', row: row(at, 'ATL', 10) }]);
        await failing.step(0).catch(() => {});
      }
      await failing.step(0);
      await failing.step(0);
      await assertEqualsOracle(log, online, { view, partitions: 1, atUs: DAY_0 + 3 * HOUR });
      expect(await failing.behind()).toBe(0);
    });
  });

  it('refuses a log that ends before what was applied', async () => {
    await withStores(1, async (log, online) => {
      await online.registerView(exampleView(), { 0: 5 });
      await log.append('flights', [{ eventTs: DAY_0, arrivalTs: DAY_0, key: 'a', row: row(DAY_0, 'ATL', 1) }]);
      await expect(runMaterializer({ log, online, once: true })).rejects.toMatchObject({ code: 'store/corrupt' });
    });
  });

  it('drops tiles that no window reaches any more, so values do not grow for ever', async () => {
    await withStores(1, async (log, online) => {
      await online.registerView(exampleView(), {});
      const sizes: number[] = [];
      for (let day = 0; day < 60; day++) {
        const at = DAY_0 + day * DAY;
        const hourly = Array.from({ length: 24 }, (_, hour) => at + hour * HOUR);
        await log.append(
          'flights',
          hourly.map((eventTs) => ({ eventTs, arrivalTs: eventTs, key: 'a', row: row(eventTs, 'ATL', 1) })),
        );
        await runMaterializer({ log, online, once: true });
        const { values } = await online.read([{ view: 'sha256:view', entityKey: encodeEntityKey(['ATL']) }]);
        sizes.push(values[0]!.length);
      }
      expect(Math.max(...sizes.slice(30))).toBeLessThanOrEqual(Math.max(...sizes.slice(15, 30)));
    });
  });
});
