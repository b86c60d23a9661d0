import assert from 'node:assert/strict';
import { isSignalboxError } from '@signalbox/contracts';
import type { EventLog, LoggedEvent, NewEvent } from '../event-log.js';
import type { Law } from './law.js';

const withCode = (code: string) => (error: unknown) => isSignalboxError(error) && error.code === code;

const event = (arrivalTs: number, row: NewEvent['row'] = { n: arrivalTs }, key = 'k'): NewEvent => ({
  eventTs: arrivalTs - 5,
  arrivalTs,
  key,
  row,
});

async function readAll(log: EventLog, topic: string): Promise<LoggedEvent[]> {
  const ends = await log.endOffsets(topic);
  const events: LoggedEvent[] = [];
  for (const [partition, end] of ends.entries()) {
    for (let from = 0; from < end; ) {
      const batch = await log.read(topic, partition, { from, max: 700 });
      assert.ok(batch.length > 0, 'a read before the end answers at least one event');
      events.push(...batch);
      from += batch.length;
    }
  }
  return events;
}

const laws: Law<EventLog>[] = [
  {
    name: 'is empty at first: no partitions, no events, no newest arrival',
    async run({ store }) {
      assert.deepEqual(await store.endOffsets('flights'), []);
      assert.deepEqual(await store.read('flights', 0, { from: 0, max: 10 }), []);
      assert.equal(await store.offsetAfterArrival('flights', 0, 100), 0);
      assert.equal(await store.latestArrival(), null);
      await store.append('flights', []);
      assert.equal(await store.latestArrival(), null);
    },
  },
  {
    name: 'gives back what was appended, of every scalar type, with offsets from 0',
    async run({ store, another }) {
      const row = { text: 'grüße "\n', whole: 7, part: -0.1, yes: true, no: false, nothing: null };
      await store.append('flights', [event(100, row), event(100, {}), event(101, { other: 'columns' })]);
      const events = await readAll(await another(), 'flights');
      assert.deepEqual(
        events.map(({ offset, eventTs, arrivalTs, row: found }) => ({ offset, eventTs, arrivalTs, row: { ...found } })),
        [
          { offset: 0, eventTs: 95, arrivalTs: 100, row },
          { offset: 1, eventTs: 95, arrivalTs: 100, row: {} },
          { offset: 2, eventTs: 96, arrivalTs: 101, row: { other: 'columns' } },
        ],
      );
    },
  },
  {
    name: 'is followed by a reader that was open before the events came',
    async run({ store, another }) {
      const follower = await another();
      assert.deepEqual(await follower.endOffsets('flights'), []);
      for (let batch = 0; batch < 5; batch++) {
        await store.append('flights', [event(batch * 10), event(batch * 10 + 1)]);
        assert.deepEqual(await follower.endOffsets('flights'), [2 * batch + 2]);
        const events = await follower.read('flights', 0, { from: 2 * batch, max: 100 });
        assert.deepEqual(
          events.map(({ arrivalTs }) => arrivalTs),
          [batch * 10, batch * 10 + 1],
        );
        assert.equal(await follower.latestArrival(), batch * 10 + 1);
      }
      assert.deepEqual(await follower.read('flights', 0, { from: 10, max: 5 }), []);
    },
  },
  {
    name: 'reads any range, across the borders of appends',
    async run({ store }) {
      let at = 0;
      for (const size of [1, 2000, 3, 1500])
        await store.append(
          'flights',
          Array.from({ length: size }, () => event(at++)),
        );
      for (const [from, max] of [
        [0, 1],
        [0, 5000],
        [999, 1100],
        [2000, 4],
        [3503, 10],
        [3504, 10],
      ] as const) {
        const offsets = (await store.read('flights', 0, { from, max })).map(({ offset }) => offset);
        assert.deepEqual(
          offsets,
          Array.from({ length: Math.min(max, at - from) }, (_, i) => from + i),
        );
      }
    },
  },
  {
    name: 'finds the first offset after an arrival, at ties and past both ends',
    async run({ store, another }) {
      await store.append(
        'flights',
        [10, 10, 20, 20, 20].map((at) => event(at)),
      );
      await store.append(
        'flights',
        [20, 30].map((at) => event(at)),
      );
      const log = await another();
      const found = await Promise.all(
        [9, 10, 11, 19, 20, 29, 30, 31].map((at) => log.offsetAfterArrival('flights', 0, at)),
      );
      assert.deepEqual(found, [0, 2, 2, 2, 6, 6, 7, 7]);
    },
  },
  {
    name: 'refuses an arrival that would fall, and times and values that are none, and then adds nothing',
    async run({ store }) {
      await store.append('flights', [event(50)]);
      const refused: NewEvent[][] = [
        [event(60), event(49)],
        [event(49)],
        [event(60), { ...event(60), eventTs: 1.5 }],
        [event(60), event(61, { n: Number.NaN })],
        [event(60), event(61, { n: undefined as unknown as null })],
        [event(60), event(61, { n: {} as unknown as null })],
      ];
      for (const events of refused) await assert.rejects(store.append('flights', events), withCode('input/bad-data'));
      assert.deepEqual(await store.endOffsets('flights'), [1]);
      await store.append('flights', [event(50)]);
      assert.deepEqual(await store.endOffsets('flights'), [2]);
    },
  },
  {
    name: 'stamps arrivals by its own clock where none is given, and they never fall',
    async run({ store }) {
      for (let i = 0; i < 20; i++) await store.append('flights', [{ eventTs: 0, key: 'k', row: {} }]);
      const arrivals = (await readAll(store, 'flights')).map(({ arrivalTs }) => arrivalTs);
      assert.deepEqual(
        arrivals,
        arrivals.toSorted((a, b) => a - b),
      );
      assert.ok(Math.abs(arrivals.at(-1)! / 1000 - Date.now()) < 60_000);
    },
  },
  {
    name: 'keeps topics apart, and its newest arrival is over all of them',
    async run({ store }) {
      await store.append('flights', [event(10)]);
      await store.append('bookings', [event(30), event(40)]);
      await store.append('flights', [event(20)]);
      assert.deepEqual(await store.endOffsets('flights'), [2]);
      assert.deepEqual(await store.endOffsets('bookings'), [2]);
      assert.equal(await store.latestArrival(), 40);
      await assert.rejects(store.append('../flights', [event(1)]), withCode('input/bad-argument'));
    },
  },
  {
    name: 'keeps the order of concurrent appends',
    async run({ store }) {
      await Promise.all(Array.from({ length: 30 }, (_, i) => store.append('flights', [event(i), event(i)])));
      const arrivals = (await readAll(store, 'flights')).map(({ arrivalTs }) => arrivalTs);
      assert.deepEqual(
        arrivals,
        Array.from({ length: 60 }, (_, i) => i >> 1),
      );
    },
  },
];

/** What every `EventLog` keeps, in one partition a topic. */
export const eventLogLaws: readonly Law<EventLog>[] = laws;

/** What it keeps where topics have several partitions: every key stays in one, in order, and none is lost. */
export const partitionedLogLaws: readonly Law<EventLog>[] = [
  {
    name: 'keeps the events of a key in one partition, in order, and loses none',
    async run({ store, another }) {
      const keys = Array.from({ length: 40 }, (_, i) => `key ${i}`);
      for (let round = 0; round < 5; round++)
        await store.append(
          'flights',
          keys.map((key) => event(round, { key, round }, key)),
        );
      const events = await readAll(await another(), 'flights');
      assert.equal(events.length, 200);
      for (const key of keys) {
        const own = events.filter((found) => found.row.key === key);
        assert.equal(new Set(own.map(({ partition }) => partition)).size, 1);
        assert.deepEqual(
          own.map((found) => found.row.round),
          [0, 1, 2, 3, 4],
        );
      }
      assert.ok(new Set(events.map(({ partition }) => partition)).size > 1);
    },
  },
];
