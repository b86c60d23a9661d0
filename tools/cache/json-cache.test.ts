import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openJsonCache } from './json-cache.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signalbox-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('answers what was written for equal inputs, whatever the order of their keys', async () => {
  const cache = openJsonCache(folder);
  await cache.write('step', { a: 1, b: 2 }, { digest: 'x' });
  expect(await cache.read('step', { b: 2, a: 1 })).toEqual({ digest: 'x' });
  expect(await cache.read('step', { a: 1 })).toBeNull();
  expect(await cache.read('other', { a: 1, b: 2 })).toBeNull();
});

it('takes a damaged entry for an absent one', async () => {
  const cache = openJsonCache(folder);
  await cache.write('step', 1, 'value');
  const [name] = await readdir(join(folder, 'step'));
  await writeFile(join(folder, 'step', name!), '"val');
  expect(await cache.read('step', 1)).toBeNull();
});

it('says what to do when it cannot be written', async () => {
  await writeFile(join(folder, 'file'), '');
  await expect(openJsonCache(join(folder, 'file')).write('step', 1, 2)).rejects.toMatchObject({
    code: 'store/unavailable',
  });
});
