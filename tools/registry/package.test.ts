import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestJson, type FeatureBundle } from '@signalbox/contracts';
import { fetchPackage, readPackage } from '@signalbox/serving/artifacts';
import { type BlobStore, blobKey, openBlobStore, putBlob } from '@signalbox/serving/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flatProfile } from '../../tests/support/flat-profile.js';
import { linearOnnx } from '../../tests/support/onnx-models.js';
import { tinyModel } from '../../tests/support/tiny-model.js';
import { withDuckDb } from '../duckdb/index.js';
import { type BuiltPackage, buildPackage, type PackageParts } from './build-package.js';
import { makeGoldenInputs } from './golden-inputs.js';
import { tryPackage } from './try-package.js';

const BUNDLE: FeatureBundle = {
  schema: 'signalbox/feature-bundle/1',
  views: [
    {
      kind: 'request',
      name: 'request',
      digest: `sha256:${'1'.repeat(64)}`,
      inputs: { a: { type: 'double' }, b: { type: 'double' } },
      features: [
        { name: 'a', expression: 'a' },
        { name: 'b', expression: 'b' },
      ],
    },
  ],
  order: ['request.a', 'request.b'],
};
const OUTPUT = { tensor: 'score', column: 0 };

let root: string;
let store: BlobStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-package-'));
  store = openBlobStore(join(root, 'store'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function build(into: BlobStore, onnx: Uint8Array, changes: Partial<PackageParts> = {}): Promise<BuiltPackage> {
  return buildPackage(into, {
    model: 'tiny',
    onnx: { digest: await putBlob(into, onnx), sizeBytes: onnx.length },
    bundle: BUNDLE,
    featuresDigest: digestJson(BUNDLE),
    serving: { input: 'features', output: OUTPUT },
    golden: { schema: 'signalbox/golden/1', rows: [[0, 0]], scores: [0.5], tolerance: 1e-5 },
    profile: flatProfile('tiny', BUNDLE.order),
    ...changes,
  });
}

function tried(digest: string, contentBytes: number) {
  return tryPackage({ store, digest, contentBytes, cacheFolder: join(root, 'cache') });
}

describe('a package', () => {
  it('has the same digest wherever and whenever it is built from the same parts', async () => {
    const here = await build(store, tinyModel({ features: 2 }));
    const there = await build(openBlobStore(join(root, 'other')), tinyModel({ features: 2 }));
    expect(there).toEqual(here);
    expect((await build(store, tinyModel({ features: 2, slope: 2 }))).digest).not.toBe(here.digest);
  });

  it('is an OCI manifest, named by the digest of its bytes', async () => {
    const { digest, sizeBytes } = await build(store, tinyModel({ features: 2 }));
    const bytes = (await store.read(blobKey(digest)))!.bytes;
    expect(bytes.length).toBe(sizeBytes);
    const manifest = JSON.parse(Buffer.from(bytes).toString('utf8')) as { config: { digest: string } };
    expect(manifest).toMatchObject({ schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json' });
    expect(Buffer.from((await store.read(blobKey(manifest.config.digest)))!.bytes).toString()).toBe('{}');
  });

  it('is what a pod fetches and reads', async () => {
    const { digest } = await build(store, tinyModel({ features: 2 }));
    const folder = await fetchPackage(store, digest, { cacheDir: join(root, 'cache') });
    const local = await readPackage(folder);
    expect(local.bundle).toEqual(BUNDLE);
    expect(local.signature).toMatchObject({ input: 'features', output: OUTPUT, features: BUNDLE.order });
  });
});

describe('golden inputs', () => {
  it('are spread over the training rows, with one row that lacks what training rows lack, and scored by the serving runtime', async () => {
    const path = join(root, 'data.parquet');
    await withDuckDb({}, (database) =>
      database.run(
        `COPY (SELECT i AS label_id, i::DOUBLE AS "request.a", CASE WHEN i % 2 = 0 THEN i::DOUBLE END AS "request.b"
         FROM range(1000) t(i)) TO '${path}' (FORMAT parquet)`,
      ),
    );
    const { digest } = await build(store, linearOnnx({ weights: [0.001, 0], bias: 0 }));
    const local = await readPackage(await fetchPackage(store, digest, { cacheDir: join(root, 'cache') }));
    const spec = { modelPath: local.modelPath, input: 'features', features: 2, output: OUTPUT };
    const golden = await makeGoldenInputs(spec, { path, features: BUNDLE.order });
    expect(golden.rows).toHaveLength(33);
    expect(golden.rows[1]).toEqual([31, null]);
    expect(golden.rows.at(-1)).toEqual([0, null]);
    expect(golden.scores[1]).toBeCloseTo(1 / (1 + Math.exp(-0.031)), 6);
    expect(await makeGoldenInputs(spec, { path, features: BUNDLE.order })).toEqual(golden);
  });

  it('refuse a model that has no score for a value that a training row lacks', async () => {
    const path = join(root, 'data.parquet');
    await withDuckDb({}, (database) =>
      database.run(
        `COPY (SELECT CASE WHEN i > 0 THEN 1.0 END AS "request.a", 2.0 AS "request.b" FROM range(2) t(i)) TO '${path}' (FORMAT parquet)`,
      ),
    );
    const { digest } = await build(store, tinyModel({ features: 2 }));
    const local = await readPackage(await fetchPackage(store, digest, { cacheDir: join(root, 'cache') }));
    const spec = { modelPath: local.modelPath, input: 'features', features: 2, output: OUTPUT };
    await expect(makeGoldenInputs(spec, { path, features: BUNDLE.order })).rejects.toMatchObject({
      code: 'training/failed',
      message: expect.stringContaining('gives NaN instead of a score for [null,2]'),
    });
  });
});

describe('trying a package as a pod does', () => {
  it('measures single-row calls of one that works', async () => {
    const { digest, contentBytes } = await build(store, tinyModel({ features: 2 }));
    const evidence = await tried(digest, contentBytes);
    expect(evidence).toMatchObject({ loadProblem: null, goldenProblem: null, packageBytes: contentBytes });
    expect(evidence.latencyCalls).toBeGreaterThan(0);
    expect(evidence.latencyP95Ms).toBeGreaterThan(0);
    expect(evidence.memoryBytes).toBeGreaterThan(0);
  });

  it('takes each feature away, and says which the model has no score without', async () => {
    const tries = async (onnx: Uint8Array) => {
      const { digest, contentBytes } = await build(store, onnx);
      return (await tried(digest, contentBytes)).missing;
    };
    const of = { features: 2, trainingRows: 100 };
    const [a, b] = BUNDLE.order.map((name) => ({ name, missingRows: 0 }));
    expect(await tries(tinyModel({ features: 2 }))).toEqual({ ...of, unscored: [a, b], scoredWithoutAny: false });
    expect(await tries(linearOnnx({ weights: [0, 0], bias: 0 }))).toEqual({
      ...of,
      unscored: [],
      scoredWithoutAny: true,
    });
  });

  it('says why one does not load: a cut model', async () => {
    const { digest, contentBytes } = await build(store, tinyModel({ features: 2 }).slice(0, 120));
    const evidence = await tried(digest, contentBytes);
    expect(evidence.loadProblem).toMatch(/cannot load .*model\.onnx/);
    expect(evidence.latencyP95Ms).toBeNull();
  });

  it('says why one does not load: an output that is not there', async () => {
    const { digest, contentBytes } = await build(store, tinyModel({ features: 2, output: 'other' }));
    expect((await tried(digest, contentBytes)).loadProblem).toMatch(/expected an output named "score"/);
  });

  it('says which golden row differs', async () => {
    const golden = { schema: 'signalbox/golden/1' as const, rows: [[0, 0]], scores: [0.75], tolerance: 1e-5 };
    const { digest, contentBytes } = await build(store, tinyModel({ features: 2 }), { golden });
    expect((await tried(digest, contentBytes)).goldenProblem).toMatch(/golden row 0: expected 0\.75/);
  });

  it('is stopped by a store whose bytes are not what their digest says: that is no evidence about the model', async () => {
    const { digest, contentBytes } = await build(store, tinyModel({ features: 2 }));
    const path = await store.localPath(blobKey(digest));
    const text = await readFile(path, 'utf8');
    await rm(path);
    await writeFile(path, `${text} `);
    await expect(tried(digest, contentBytes)).rejects.toMatchObject({ code: 'store/corrupt' });
  });
});
