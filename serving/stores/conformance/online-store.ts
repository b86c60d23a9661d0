import assert from 'node:assert/strict';
import { type CompiledAggregateView, isSignalboxError } from '@signalbox/contracts';
import type { OnlineStore } from '../online-store.js';
import type { Law } from './law.js';

const withCode = (code: string) => (error: unknown) => isSignalboxError(error) && error.code === code;

/** A view with this digest; stores look at nothing else of it. */
export function exampleView(digest: string): CompiledAggregateView {
  return {
    kind: 'aggregate',
    name: 'origin_delays',
    digest,
    entity: { name: 'origin', keys: [{ name: 'origin', type: 'string' }] },
    keyColumns: ['origin'],
    source: {
      name: 'flights',
      columns: { date: 'timestamp', origin: 'string' },
      eventTime: 'date',
      allowedLatenessUs: 0,
      futureSkewUs: 0,
    },
    mode: 'sawtooth',
    delayUs: 0,
    slots: [{ op: 'count', input: null }],
    features: [{ name: 'count_1h', function: 'count', windowUs: 3.6e9, hopUs: 3e8, slots: [0] }],
  };
}

const [A, B] = [exampleView('sha256:a'), exampleView('sha256:b')];
const bytes = (text: string) => new TextEncoder().encode(text);
const write = (entityKey: string, text: string) => ({ entityKey, value: bytes(text) });

async function texts(store: OnlineStore, view: string, entityKeys: readonly string[]): Promise<(string | null)[]> {
  const { values } = await store.read(entityKeys.map((entityKey) => ({ view, entityKey })));
  return values.map((value) => value && Buffer.from(value).toString('utf8'));
}

const laws: Law<OnlineStore>[] = [
  {
    name: 'is empty at first: no values, no offsets, no views',
    async run({ store }) {
      const reading = await store.read([{ view: A.digest, entityKey: '["ATL"]' }]);
      assert.deepEqual(reading, { values: [null], offsets: [null] });
      assert.equal(await store.appliedOffsets(A.digest), null);
      assert.deepEqual(await store.registeredViews(), []);
      assert.deepEqual(await store.read([]), { values: [], offsets: [] });
    },
  },
  {
    name: 'registers a view once, with its definition, and a second time changes nothing',
    async run({ store, another }) {
      await store.registerView(B, { 0: 7 });
      await store.registerView(A, { 0: 1, 1: 2 });
      await store.registerView(A, { 0: 0 });
      const reader = await another();
      assert.deepEqual(await reader.registeredViews(), [
        { view: A, loadedUntilUs: null },
        { view: B, loadedUntilUs: null },
      ]);
      assert.deepEqual(await reader.appliedOffsets(A.digest), { 0: 1, 1: 2 });
      assert.deepEqual((await reader.read([{ view: B.digest, entityKey: 'x' }])).offsets, [{ 0: 7 }]);
    },
  },
  {
    name: 'refuses a commit to a view that was not registered or has moved since, and keeps nothing of it',
    async run({ store, another }) {
      const batch = { view: A.digest, writes: [write('x', '1')], from: {}, offsets: { 0: 1 } };
      await assert.rejects(store.commit(batch), withCode('store/conflict'));
      await store.registerView(A, { 0: 3 });
      await assert.rejects(store.commit(batch), withCode('store/conflict'));
      assert.deepEqual(await texts(store, A.digest, ['x']), [null]);
      await store.loadView(A, { writes: [write('x', 'loaded')], untilUs: 7, offsets: { 0: 0, 1: 5 } });
      await assert.rejects(store.commit({ ...batch, from: { 0: 3 } }), withCode('store/conflict'));
      const reader = await another();
      assert.deepEqual(await texts(reader, A.digest, ['x']), ['loaded']);
      await store.commit({ ...batch, from: { 1: 5 }, offsets: { 0: 1, 1: 5 } });
      assert.deepEqual(await texts(reader, A.digest, ['x']), ['1']);
    },
  },
  {
    name: 'shows a commit to a reader that was open before: values and offsets together',
    async run({ store, another }) {
      await store.registerView(A, { 0: 0 });
      const reader = await another();
      for (let n = 1; n <= 20; n++) {
        await store.commit({
          view: A.digest,
          writes: [write('x', `${n}`), write('y', `${n}`)],
          from: { 0: n - 1 },
          offsets: { 0: n },
        });
        const keys = ['x', 'y'].map((entityKey) => ({ view: A.digest, entityKey }));
        const { values, offsets } = await reader.read(keys);
        assert.deepEqual(
          values.map((value) => Buffer.from(value!).toString()),
          [`${n}`, `${n}`],
        );
        assert.deepEqual(offsets, [{ 0: n }, { 0: n }]);
        await new Promise((turn) => setTimeout(turn, 1));
      }
    },
  },
  {
    name: 'never shows a reader the values of one commit with the offsets of another',
    async run({ store, another }) {
      await store.registerView(A, { 0: 0 });
      const reader = await another();
      const writer = (async () => {
        for (let n = 1; n <= 200; n++) {
          await store.commit({
            view: A.digest,
            writes: [write('x', `${n}`), write('y', `${n}`)],
            from: { 0: n - 1 },
            offsets: { 0: n },
          });
          if (n % 7 === 0) await new Promise((turn) => setImmediate(turn));
        }
      })();
      for (let seen = 0; seen < 200; ) {
        const { values, offsets } = await reader.read(['x', 'y'].map((entityKey) => ({ view: A.digest, entityKey })));
        seen = offsets[0]![0]!;
        const expected = seen === 0 ? null : `${seen}`;
        for (const value of values) assert.equal(value && Buffer.from(value).toString(), expected);
        await new Promise((turn) => setTimeout(turn, 0));
      }
      await writer;
    },
  },
  {
    name: 'keeps views apart, and keys with any characters, long keys and large values too',
    async run({ store }) {
      await store.registerView(A, {});
      await store.registerView(B, {});
      const keys = [
        '["a","b"]',
        '["a\\",\\"b"]',
        '[1]',
        '["1"]',
        '["ü🛫"]',
        '["\\ud800"]',
        '["a:b;c"]',
        '[""]',
        `["${'x'.repeat(5000)}"]`,
        `["${'x'.repeat(4999)}y"]`,
      ];
      const long = 'v'.repeat(300_000);
      await store.commit({ view: A.digest, writes: keys.map((key) => write(key, key)), from: {}, offsets: {} });
      await store.commit({ view: B.digest, writes: [write(keys[0]!, long)], from: {}, offsets: {} });
      assert.deepEqual(await texts(store, A.digest, keys), keys);
      assert.deepEqual(await texts(store, B.digest, keys.slice(0, 2)), [long, null]);
      assert.deepEqual(await texts(store, A.digest, keys.slice(0, 1)), [keys[0]]);
    },
  },
  {
    name: 'replaces all values of a view by a load, and of that view only',
    async run({ store, another }) {
      await store.registerView(A, {});
      await store.registerView(B, {});
      await store.commit({
        view: A.digest,
        writes: [write('old', '1'), write('both', '1')],
        from: {},
        offsets: { 0: 3 },
      });
      await store.commit({ view: B.digest, writes: [write('old', 'b')], from: {}, offsets: {} });
      await store.loadView(A, { writes: [write('both', '2'), write('new', '2')], untilUs: 70, offsets: { 0: 9 } });
      const reader = await another();
      assert.deepEqual(await texts(reader, A.digest, ['old', 'both', 'new']), [null, '2', '2']);
      assert.deepEqual(await texts(reader, B.digest, ['old']), ['b']);
      assert.deepEqual(await reader.appliedOffsets(A.digest), { 0: 9 });
      assert.deepEqual(await reader.registeredViews(), [
        { view: A, loadedUntilUs: 70 },
        { view: B, loadedUntilUs: null },
      ]);
      await store.loadView(exampleView('sha256:c'), { writes: [write('x', 'c')], untilUs: 0, offsets: { 0: 1 } });
      assert.deepEqual(await texts(reader, 'sha256:c', ['x']), ['c']);
    },
  },
  {
    name: 'keeps the view as it was when a load fails half-way',
    async run({ store }) {
      await store.registerView(A, { 0: 1 });
      await store.commit({ view: A.digest, writes: [write('x', 'before')], from: { 0: 1 }, offsets: { 0: 2 } });
      function* failing() {
        yield write('x', 'after');
        throw new Error('the backfill was cut');
      }
      await assert.rejects(store.loadView(A, { writes: failing(), untilUs: 1, offsets: { 0: 5 } }));
      assert.deepEqual(await texts(store, A.digest, ['x']), ['before']);
      assert.deepEqual(await store.appliedOffsets(A.digest), { 0: 2 });
    },
  },
];

/** What every `OnlineStore` keeps. `store` writes; clients from `another` may be read-only. */
export const onlineStoreLaws: readonly Law<OnlineStore>[] = laws;
