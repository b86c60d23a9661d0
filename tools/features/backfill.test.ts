import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CompiledAggregateView } from '@signalbox/contracts';
import { OnlineFeatureReader } from '@signalbox/serving/features';
import { runMaterializer } from '@signalbox/serving/materializer';
import { FolderBlobStore, LmdbOnlineStore, LocalEventLog } from '@signalbox/serving/stores';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backfill } from './backfill.js';
import { bundleOf, DAY, DAY_0, type Flight, HOUR, logEvent, MINUTE, routeDelays, snapshotOf } from './test-flights.js';

const history = fc
  .array(
    fc.record({
      eventTs: fc
        .tuple(fc.integer({ min: 0, max: 9 * 24 }), fc.integer({ min: 0, max: 12 }), fc.constantFrom(-1, 0, 1))
        .map(([hours, hops, edge]) => DAY_0 + hours * HOUR + hops * 5 * MINUTE + edge),
      lateness: fc.constantFrom(0, 1, HOUR, DAY, DAY + 1, -MINUTE, -MINUTE - 1),
      origin: fc.constantFrom('ATL', 'ORD', "O'HARE", null),
      gate: fc.constantFrom(0, -7),
      delay: fc.option(
        fc.integer({ min: -40, max: 400 }).map((n) => n / 4),
        { nil: null },
      ),
    }),
    { minLength: 1, maxLength: 80 },
  )
  .map((events) =>
    events
      .map((event): Flight => ({ ...event, arrivalTs: event.eventTs + event.lateness }))
      .sort((a, b) => a.arrivalTs - b.arrivalTs),
  );

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-backfill-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function vectors(online: LmdbOnlineStore, of: CompiledAggregateView, atUs: number) {
  const reader = new OnlineFeatureReader(bundleOf(of), online);
  const found: Record<string, (number | null)[]> = {};
  for (const origin of ['ATL', 'ORD', "O'HARE", 'NOWHERE'])
    for (const gate of [0, -7]) {
      const { values } = await reader.read({ entities: { route: [origin, gate] }, request: {}, atUs });
      found[`${origin} ${gate}`] = Array.from(values, (value) => (Number.isNaN(value) ? null : value));
    }
  return found;
}

describe('a backfill', () => {
  it('from a snapshot at any moment, followed by the log from there, equals reading all of the log', async () => {
    await fc.assert(
      fc.asyncProperty(
        history,
        fc.record({
          delayUs: fc.constantFrom(0, 1, 2 * HOUR),
          cut: fc.double({ min: 0, max: 1, noNaN: true }),
          ahead: fc.constantFrom(0, 1, 10 * MINUTE, 3 * DAY),
          logFirst: fc.boolean(),
        }),
        async (events, { delayUs, cut, ahead, logFirst }) => {
          const at = await mkdtemp(join(folder, 'case-'));
          const store = new FolderBlobStore(join(at, 'store'));
          const log = new LocalEventLog(join(at, 'log'));
          const filled = new LmdbOnlineStore(join(at, 'filled'));
          const streamed = new LmdbOnlineStore(join(at, 'streamed'));
          try {
            const [first, last] = [events[0]!.arrivalTs, events.at(-1)!.arrivalTs];
            const untilUs = Math.floor(first + cut * (last - first));
            const only = routeDelays(delayUs);
            // Half of the log may come after the backfill, as where an old log is copied in: nothing counts twice.
            const logged = logFirst ? events.length : Math.floor(events.length / 2);
            await log.append('flights', events.slice(0, logged).map(logEvent));
            const snapshot = await snapshotOf(store, events, { untilUs, folder });
            const snapshots = new Map([['flights', snapshot]]);
            const request = { bundle: bundleOf(only), snapshots, store, online: filled, log };
            await backfill(request);
            await log.append('flights', events.slice(logged).map(logEvent));
            await streamed.registerView(only, {});
            await runMaterializer({ log, online: streamed, once: true });
            const atUs = last + ahead;
            await runMaterializer({ log, online: filled, once: true });
            expect(await vectors(filled, only, atUs)).toEqual(await vectors(streamed, only, atUs));
            expect((await backfill(request)).map(({ kept }) => kept)).toEqual([true]);
          } finally {
            await log.close();
            await filled.close();
            await streamed.close();
            await rm(at, { recursive: true, force: true });
          }
        },
      ),
      { numRuns: 25 },
    );
  }, 120_000);

  it('refuses an exact view and a source without a snapshot before it writes anything', async () => {
    const online = new LmdbOnlineStore(join(folder, 'online'));
    const log = new LocalEventLog(join(folder, 'log'));
    const store = new FolderBlobStore(join(folder, 'store'));
    try {
      const views = [routeDelays(0, 'good'), { ...routeDelays(0, 'exact_view'), mode: 'exact' as const }];
      const exact = backfill({ bundle: { views }, snapshots: new Map(), store, online, log });
      await expect(exact).rejects.toMatchObject({
        code: 'input/invalid-documents',
        message: expect.stringContaining('exact_view'),
      });
      const missing = backfill({ bundle: { views: views.slice(0, 1) }, snapshots: new Map(), store, online, log });
      await expect(missing).rejects.toMatchObject({ code: 'input/unknown-reference' });
      expect(await online.registeredViews()).toEqual([]);
    } finally {
      await log.close();
      await online.close();
    }
  });
});
