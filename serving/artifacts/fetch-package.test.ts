import { link, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PACKAGE_ARTIFACT_TYPE, PACKAGE_FILES, type ReferenceProfile } from '@signalbox/contracts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ServingWorld } from '../../tests/support/serving-world.js';
import { blobKey, putBlob } from '../stores/index.js';
import { fetchPackage } from './fetch-package.js';
import { readPackage } from './read-package.js';

let world: ServingWorld;
let cacheDir: string;
let digest: string;
beforeEach(async () => {
  world = await ServingWorld.create();
  cacheDir = world.path('cache');
  digest = (await world.addPackage({ version: 1 })).digest;
});
afterEach(() => world.remove());

const fetch = (maxBytes?: number) =>
  fetchPackage(world.store, digest, { cacheDir, ...(maxBytes === undefined ? {} : { maxBytes }) });
const leftovers = async () => (await readdir(join(cacheDir, 'packages'))).filter((name) => name.startsWith('.'));

async function layers(): Promise<{ digest: string; annotations: Record<string, string> }[]> {
  return JSON.parse(Buffer.from((await world.store.read(blobKey(digest)))!.bytes).toString()).layers;
}

/** A package whose manifest is this JSON. */
async function putManifest(manifest: unknown): Promise<void> {
  digest = await putBlob(world.store, typeof manifest === 'string' ? manifest : JSON.stringify(manifest));
}

describe('fetchPackage', () => {
  it('brings a package whole, and reads it', async () => {
    const folder = await fetch();
    expect(folder).toBe(join(cacheDir, 'packages', digest.slice(7)));
    expect((await readdir(folder)).sort()).toEqual([
      'features.json',
      'golden.json',
      'manifest.json',
      'model.onnx',
      'profile.json',
      'signature.json',
    ]);
    expect((await readPackage(folder)).signature.model).toBe('flight-delay');
    expect(await leftovers()).toEqual([]);
  });

  it('fetches once, also when several fetch at the same time', async () => {
    const folders = await Promise.all([fetch(), fetch(), fetch()]);
    expect(new Set(folders).size).toBe(1);
    expect(await leftovers()).toEqual([]);
    for (const { digest: layer } of await layers()) await world.store.remove(blobKey(layer));
    expect(await fetch()).toBe(folders[0]);
  });

  it.each(['changed', 'cut', 'extra', 'missing', 'hard link', 'symbolic link'])(
    'fetches anew what is %s in the cache',
    async (how) => {
      const folder = await fetch();
      const model = join(folder, 'model.onnx');
      const bytes = await readFile(model);
      const elsewhere = join(world.dir, 'elsewhere');
      if (how === 'extra') await writeFile(join(folder, 'weights.bin'), 'x');
      else if (how === 'hard link') await link(model, elsewhere);
      else {
        await rm(model);
        if (how === 'changed') await writeFile(model, Buffer.from(bytes).fill(0, 0, 4));
        if (how === 'cut') await writeFile(model, bytes.subarray(0, 10));
        if (how === 'symbolic link') {
          await writeFile(elsewhere, bytes);
          await symlink(elsewhere, model);
        }
      }
      expect(await fetch()).toBe(folder);
      expect(await readFile(model)).toEqual(bytes);
      expect(await leftovers()).toEqual([]);
    },
  );

  it('refuses a blob of the store that is not what its digest says, and leaves nothing', async () => {
    const [layer] = await layers();
    await world.store.write(blobKey(layer!.digest), 'something else');
    await expect(fetch()).rejects.toMatchObject({ code: 'store/corrupt' });
    await expect(readdir(join(cacheDir, 'packages'))).resolves.toEqual([]);
  });

  it('refuses a manifest that is not what its digest says', async () => {
    await world.store.write(blobKey(digest), '{}');
    await expect(fetch()).rejects.toMatchObject({ code: 'store/corrupt' });
  });

  it('says what is missing', async () => {
    const [layer] = await layers();
    await world.store.remove(blobKey(layer!.digest));
    await expect(fetch()).rejects.toMatchObject({ code: 'store/not-found' });
    await world.store.remove(blobKey(digest));
    await expect(fetch()).rejects.toThrow(/no package sha256:/);
  });

  it('refuses a package that is larger than allowed, before it reads it', async () => {
    await expect(fetch(10)).rejects.toThrow(/at most 10 are allowed/);
  });

  it.each([
    ['no JSON', 'hello', /not JSON/],
    ['another artifact type', { artifactType: 'x', layers: [] }, /artifact type/],
    ['no layers', { artifactType: PACKAGE_ARTIFACT_TYPE }, /no layers/],
    ['missing files', { artifactType: PACKAGE_ARTIFACT_TYPE, layers: [] }, /expected model.onnx once/],
    [
      'a name that climbs out',
      { artifactType: PACKAGE_ARTIFACT_TYPE, layers: [layer('../../etc/passwd')] },
      /no file of a package/,
    ],
    [
      'a name of every object',
      { artifactType: PACKAGE_ARTIFACT_TYPE, layers: [layer('constructor')] },
      /no file of a package/,
    ],
    [
      'a file twice',
      { artifactType: PACKAGE_ARTIFACT_TYPE, layers: [layer('model.onnx'), layer('model.onnx')] },
      /found it 2 times/,
    ],
    [
      'a size that is none',
      { artifactType: PACKAGE_ARTIFACT_TYPE, layers: [{ ...layer('model.onnx'), size: -1 }] },
      /no size/,
    ],
    [
      'a digest that is none',
      { artifactType: PACKAGE_ARTIFACT_TYPE, layers: [{ ...layer('model.onnx'), digest: 'md5:x' }] },
      /no SHA-256/,
    ],
  ])('refuses a manifest with %s', async (_, manifest, message) => {
    await putManifest(manifest);
    await expect(fetch()).rejects.toMatchObject({
      code: 'serving/bad-package',
      message: expect.stringMatching(message),
    });
  });

  it('says so when the cache cannot be written', async () => {
    await mkdir(cacheDir, { recursive: true });
    await writeFile(join(cacheDir, 'packages'), 'a file where a folder must be');
    await expect(fetch()).rejects.toMatchObject({ code: 'store/unavailable' });
  });
});

describe('readPackage', () => {
  it.each<[string, (profile: ReferenceProfile) => object, RegExp]>([
    ['another model', () => ({ model: 'other' }), /profile\.json is of the model other/],
    ['other features', () => ({ features: [] }), /name different features/],
    ['counts that add to other rows', () => ({ scoreRows: 7 }), /score: its counts add to 100, not to 7/],
    [
      'bins that fall',
      ({ score }) => ({ score: { ...score, bins: { kind: 'ranges', edges: [1, 0.5] } } }),
      /rising float32/,
    ],
    [
      'bins of double precision',
      ({ score }) => ({ score: { ...score, bins: { kind: 'values', values: [0.1] } } }),
      /float32/,
    ],
    ['one edge', ({ score }) => ({ score: { ...score, bins: { kind: 'ranges', edges: [1] } } }), /two edges/],
    [
      'too many bins',
      ({ score }) => ({ score: { ...score, bins: { kind: 'values', values: [...new Array(101).keys()] } } }),
      /more than 100/,
    ],
    [
      'a count too few',
      ({ score }) => ({ score: { ...score, counts: score.counts.slice(1) } }),
      /12 counts for 13 bins/,
    ],
    ['no windows', () => ({ windows: undefined }), /windows count in other bins/],
    ['windows of one signal too few', ({ windows }) => ({ windows: { ...windows, features: [] } }), /windows count/],
    ['a window of other bins', ({ windows }) => ({ windows: { ...windows, score: [[1, 2]] } }), /windows count/],
    [
      'half a row',
      ({ score }) => ({ score: { ...score, counts: score.counts.map((count) => count / 3) } }),
      /whole numbers/,
    ],
  ])('refuses a profile with %s', async (_, change, message) => {
    const folder = await fetch();
    const path = join(folder, 'profile.json');
    const profile = JSON.parse(await readFile(path, 'utf8')) as ReferenceProfile;
    await rm(path);
    await writeFile(path, JSON.stringify({ ...profile, ...change(profile) }));
    await expect(readPackage(folder)).rejects.toMatchObject({
      code: 'serving/bad-package',
      message: expect.stringMatching(message),
    });
  });

  const otherFeatures = '{"schema":"signalbox/feature-bundle/1","views":[],"order":[]}';

  it.each([
    { what: 'no JSON', name: 'signature.json', content: '{', message: /cannot be read as JSON/ },
    { what: 'another schema', name: 'golden.json', content: '{"schema":"x"}', message: /golden.json is of schema "x"/ },
    { what: 'other features', name: 'features.json', content: otherFeatures, message: /made for feature definitions/ },
  ])('refuses $what', async ({ name, content, message }) => {
    const folder = await fetch();
    await rm(join(folder, name));
    await writeFile(join(folder, name), content);
    const refusal = { code: 'serving/bad-package', message: expect.stringMatching(message) };
    await expect(readPackage(folder)).rejects.toMatchObject(refusal);
  });
});

function layer(title: keyof typeof PACKAGE_FILES | string) {
  return {
    mediaType: PACKAGE_FILES[title as keyof typeof PACKAGE_FILES] ?? 'x',
    digest: `sha256:${'0'.repeat(64)}`,
    size: 1,
    annotations: { 'org.opencontainers.image.title': title },
  };
}
