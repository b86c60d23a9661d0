import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exampleView, onlineStoreLaws } from './conformance/online-store.js';
import { LmdbOnlineStore } from './lmdb-online-store.js';

const DIST = resolve(import.meta.dirname, '../dist/stores/index.js');

let root: string;
let opened: LmdbOnlineStore[];
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-online-'));
  opened = [];
});
afterEach(async () => {
  for (const store of opened) await store.close();
  await rm(root, { recursive: true, force: true });
});

function openStore(readOnly = false): LmdbOnlineStore {
  const store = new LmdbOnlineStore(root, { readOnly });
  opened.push(store);
  return store;
}

describe('the LMDB online store keeps the laws of online stores', () => {
  for (const law of onlineStoreLaws)
    it(law.name, () => law.run({ store: openStore(), another: async () => openStore(true) }));
});

describe('the LMDB online store between processes', () => {
  it('shows the commits of another process to a read-only store that was open before', async () => {
    const view = exampleView('sha256:a');
    const reader = openStore(true);
    expect(reader.read([{ view: view.digest, entityKey: 'x' }])).toEqual({ values: [null], offsets: [null] });
    const script = `
      import { openOnlineStore } from ${JSON.stringify(DIST)};
      const store = openOnlineStore(${JSON.stringify(root)});
      await store.registerView(${JSON.stringify(view)}, {});
      for (let n = 1; n <= 50; n++) {
        const value = new TextEncoder().encode(String(n).repeat(2000));
        await store.commit({ view: 'sha256:a', writes: [{ entityKey: 'x', value }], from: { 0: n - 1 }, offsets: { 0: n } });
        await new Promise((r) => setTimeout(r, 2));
      }
      await store.close();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = new Promise((done) => child.on('close', done));
    const seen = new Set<number>();
    for (let n = 0; n < 50; ) {
      const { values, offsets } = reader.read([{ view: view.digest, entityKey: 'x' }]);
      n = offsets[0]?.[0] ?? 0;
      seen.add(n);
      if (n > 0) expect(Buffer.from(values[0]!).toString()).toBe(String(n).repeat(2000));
      await new Promise((turn) => setTimeout(turn, 1));
    }
    expect(await ended).toBe(0);
    expect(seen.size).toBeGreaterThan(5);
  });

  it('says what is wrong where its folder is a file', async () => {
    const path = join(root, 'file');
    await writeFile(path, '');
    expect(() => new LmdbOnlineStore(path)).toThrowError(expect.objectContaining({ code: 'store/unavailable' }));
  });
});
