import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { isSignalboxError } from '@signalbox/contracts';
import type { BlobStore } from '../blob-store.js';
import type { Law } from './law.js';

const withCode = (code: string) => (error: unknown) => isSignalboxError(error) && error.code === code;

async function keysUnder(store: BlobStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(prefix)) keys.push(key);
  return keys;
}

async function content(store: BlobStore, key: string): Promise<string | null> {
  const found = await store.read(key);
  return found && Buffer.from(found.bytes).toString('utf8');
}

const reading: Law<BlobStore>[] = [
  {
    name: 'reads null where nothing was written',
    async run({ store }) {
      assert.equal(await store.read('a/b'), null);
      assert.equal(await store.readIfChanged('a/b', null), null);
      assert.equal(await store.readIfChanged('a/b', 'some-etag'), null);
    },
  },
  {
    name: 'reads back what was written, text and bytes, empty too, also by another client',
    async run({ store, another }) {
      await store.write('text', 'grüße');
      await store.write('deep/er/bytes', new Uint8Array([0, 255, 10, 13, 0]));
      await store.write('empty', '');
      const other = await another();
      assert.equal(await content(other, 'text'), 'grüße');
      assert.deepEqual([...(await other.read('deep/er/bytes'))!.bytes], [0, 255, 10, 13, 0]);
      assert.equal((await other.read('empty'))!.bytes.length, 0);
    },
  },
  {
    name: 'says unchanged to a poll with the current etag, and gives the new object after a write',
    async run({ store, another }) {
      const { etag } = await store.write('manifest', 'one');
      const poller = await another();
      assert.equal((await poller.read('manifest'))!.etag, etag);
      assert.equal(await poller.readIfChanged('manifest', etag), 'unchanged');
      const next = await store.write('manifest', 'two');
      const found = await poller.readIfChanged('manifest', etag);
      assert.ok(found !== null && found !== 'unchanged');
      assert.equal(found.etag, next.etag);
    },
  },
  {
    name: 'streams an object, or a range of its bytes with an exclusive end',
    async run({ store }) {
      await store.write('blob', '0123456789');
      assert.equal(await text(await store.openRead('blob')), '0123456789');
      assert.equal(await text(await store.openRead('blob', { start: 2, end: 5 })), '234');
      assert.equal(await text(await store.openRead('blob', { start: 8, end: 100 })), '89');
      await assert.rejects(store.openRead('absent'), withCode('store/not-found'));
    },
  },
  {
    name: 'lends a local path with the bytes of an object',
    async run({ store }) {
      await store.write('model.onnx', 'weights');
      assert.equal(await readFile(await store.localPath('model.onnx'), 'utf8'), 'weights');
      await assert.rejects(store.localPath('absent'), withCode('store/not-found'));
    },
  },
  {
    name: 'lists the names directly under a prefix in byte order, without what lies deeper',
    async run({ store }) {
      for (const key of ['a/2', 'a-b', 'a/3/x', 'a/3/y', 'a.json', 'b/c/d']) await store.write(key, key);
      assert.deepEqual(await store.listNames(''), ['a-b', 'a.json', 'a/', 'b/']);
      assert.deepEqual(await store.listNames('a/'), ['2', '3/']);
      assert.deepEqual(await store.listNames('b/'), ['c/']);
      assert.deepEqual(await store.listNames('absent/'), []);
    },
  },
  {
    name: 'lists keys under a prefix in byte order with sizes, and a prefix need not end at a slash',
    async run({ store }) {
      for (const key of ['a/2', 'a-b', 'a/10', 'b', 'a.json', 'a/3/x', 'aä', 'Z']) await store.write(key, key);
      const all = ['Z', 'a-b', 'a.json', 'a/10', 'a/2', 'a/3/x', 'aä', 'b'];
      assert.deepEqual(await keysUnder(store, ''), all);
      assert.deepEqual(await keysUnder(store, 'a/'), ['a/10', 'a/2', 'a/3/x']);
      assert.deepEqual(await keysUnder(store, 'a/1'), ['a/10']);
      assert.deepEqual(await keysUnder(store, 'a/3/x'), ['a/3/x']);
      assert.deepEqual(await keysUnder(store, 'nothing/here'), []);
      for await (const { key, sizeBytes } of store.list('')) assert.equal(sizeBytes, Buffer.byteLength(key));
    },
  },
];

const writing: Law<BlobStore>[] = [
  {
    name: 'writes only if absent when asked, and leaves the first content',
    async run({ store, another }) {
      await store.write('once', 'first', { ifAbsent: true });
      await assert.rejects((await another()).write('once', 'second', { ifAbsent: true }), withCode('store/conflict'));
      assert.equal(await content(store, 'once'), 'first');
    },
  },
  {
    name: 'writes only over the etag that was read when asked',
    async run({ store, another }) {
      const first = await store.write('pointer', 'first');
      const second = await (await another()).write('pointer', 'second', { ifMatch: first.etag });
      await assert.rejects(store.write('pointer', 'late', { ifMatch: first.etag }), withCode('store/conflict'));
      assert.equal(await content(store, 'pointer'), 'second');
      await store.write('pointer', 'third', { ifMatch: second.etag });
      await assert.rejects(store.write('absent', 'x', { ifMatch: second.etag }), withCode('store/conflict'));
      assert.equal(await store.read('absent'), null);
    },
  },
  {
    name: 'lets exactly one of many concurrent conditional writers through, in every round',
    async run({ store, another }) {
      const clients = await Promise.all(Array.from({ length: 8 }, another));
      let { etag } = await store.write('counter', 'start');
      for (let round = 0; round < 5; round++) {
        const results = await Promise.allSettled(
          clients.map((client, i) => client.write('counter', `${round}/${i}`, { ifMatch: etag })),
        );
        const won = results.filter((result) => result.status === 'fulfilled');
        const refused = results.filter((result) => result.status === 'rejected');
        assert.equal(won.length, 1);
        for (const { reason } of refused) assert.ok(withCode('store/conflict')(reason), String(reason));
        etag = won[0]!.value.etag;
        assert.equal((await store.read('counter'))!.etag, etag);
      }
    },
  },
  {
    name: 'never shows a reader half an object while writers replace it',
    async run({ store, another }) {
      const [reader, size] = [await another(), 200_000];
      await store.write('big', 'a'.repeat(size));
      let done = false;
      const writer = (async () => {
        for (const letter of 'bcdefghij') await store.write('big', letter.repeat(size));
        done = true;
      })();
      while (!done) {
        const seen = Buffer.from((await reader.read('big'))!.bytes);
        assert.equal(seen.length, size);
        assert.ok(seen.every((byte) => byte === seen[0]));
      }
      await writer;
    },
  },
  {
    name: 'takes a local file in, also over an object that is already the same file',
    async run({ store }) {
      const folder = await mkdtemp(join(tmpdir(), 'signalbox-law-'));
      try {
        const path = join(folder, 'model.onnx');
        await writeFile(path, 'weights');
        await store.writeFile('model', path);
        await store.writeFile('model', path);
        assert.equal(await content(store, 'model'), 'weights');
        await assert.rejects(store.writeFile('model', path, { ifAbsent: true }), withCode('store/conflict'));
        await assert.rejects(store.writeFile('other', join(folder, 'absent')), withCode('store/unavailable'));
        assert.deepEqual(await keysUnder(store, ''), ['model']);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
  },
  {
    name: 'removes an object, and removing it again is fine',
    async run({ store }) {
      await store.write('gone', 'x');
      await store.remove('gone');
      await store.remove('gone');
      assert.equal(await store.read('gone'), null);
      await store.write('gone', 'again', { ifAbsent: true });
    },
  },
  {
    name: 'refuses keys that could leave the store, in every call',
    async run({ store }) {
      for (const key of [
        '',
        '/',
        'a//b',
        '../up',
        'a/../../up',
        './a',
        'a/',
        '/etc/passwd',
        '.tmp/x',
        'a\\b',
        'a\0b',
        'x'.repeat(2000),
      ]) {
        for (const call of [
          () => store.read(key),
          () => store.write(key, 'x'),
          () => store.openRead(key),
          () => store.localPath(key),
          () => store.remove(key),
        ])
          await assert.rejects(call, withCode('input/bad-argument'), JSON.stringify(key));
      }
    },
  },
];

/** What every `BlobStore` keeps. */
export const blobStoreLaws: readonly Law<BlobStore>[] = [...reading, ...writing];
