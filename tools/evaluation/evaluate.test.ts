import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EvaluationRecord, quoteText } from '@signalbox/contracts';
import { type BlobStore, blobKey, openBlobStore, readJsonBlob } from '@signalbox/serving/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linearOnnx } from '../../tests/support/onnx-models.js';
import { tinyModel } from '../../tests/support/tiny-model.js';
import { openJsonCache } from '../cache/index.js';
import { withDuckDb } from '../duckdb/index.js';
import { type EvaluatedModel, type EvaluateRequest, evaluate } from './evaluate.js';
import { matchRows } from './match-rows.js';

let root: string;
let store: BlobStore;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'signalbox-evaluation-'));
  store = openBlobStore(join(root, 'store'));
  await writeFile(join(root, 'rising.onnx'), linearOnnx({ weights: [1, 0], bias: -5 }));
  await writeFile(join(root, 'falling.onnx'), linearOnnx({ weights: [-1, 0], bias: 5 }));
  await writeFile(join(root, 'nan.onnx'), tinyModel({ features: 2 }));
  await writeDataset('rows', 1000, 'i');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** The label is likelier the larger `a`; `b` is missing in every fifth row. */
async function writeDataset(name: string, rows: number, order: string): Promise<void> {
  await withDuckDb({}, (database) =>
    database.run(
      `COPY (SELECT i + 1 AS label_id, (i % 10)::DOUBLE AS "v.a", CASE WHEN i % 5 > 0 THEN 1.0 END AS "v.b",
               (md5_number_lower(i::VARCHAR) % 10 < i % 10)::INTEGER AS label, (i % 100)::BIGINT AS distance
             FROM range(${rows}) t(i) ORDER BY ${order}) TO ${quoteText(join(root, `${name}.parquet`))} (FORMAT parquet)`,
    ),
  );
}

function model(file: string, dataset = 'rows', features = ['v.a', 'v.b']): EvaluatedModel {
  const spec = {
    modelPath: join(root, `${file}.onnx`),
    input: 'features',
    features: 2,
    output: { tensor: 'score', column: 0 },
  };
  const path = join(root, `${dataset}.parquet`);
  return {
    onnxDigest: `of ${file}`,
    spec,
    features,
    dataset: { digest: `record of ${dataset}`, fileDigest: dataset, path },
  };
}

function request(candidate: EvaluatedModel, champion: EvaluatedModel | null = null): EvaluateRequest {
  return {
    name: 'tiny',
    model: {
      evaluation: {
        period: { from: '2001-01-01', to: '2001-02-01' },
        metrics: ['auc', 'log_loss'],
        slices: [
          { name: 'near', where: 'distance < 50', minRows: 100 },
          { name: 'tiny', where: 'distance < 2', minRows: 100 },
          { name: 'known', where: 'v.b != null', minRows: 100 },
        ],
      },
    },
    candidate,
    champion,
    variables: { distance: 'int', 'v.a': 'double', 'v.b': 'double' },
    store,
    cache: openJsonCache(join(root, 'cache')),
    workFolder: join(root, 'work'),
  };
}

describe('an evaluation', () => {
  it('scores in the serving runtime, overall and by slice, and keeps scores and record in the store', async () => {
    const { overall, slices, candidateRecord, rows } = await evaluate(request(model('rising')));
    expect(rows).toBe(1000);
    expect(overall.candidate.metrics.auc?.value).toBeGreaterThan(0.8);
    expect(
      Object.fromEntries(
        Object.entries(slices).map(([name, { rows: of, comparison }]) => [name, [of, comparison !== null]]),
      ),
    ).toEqual({
      near: [500, true],
      tiny: [20, false],
      known: [800, true],
    });
    const record = await readJsonBlob<EvaluationRecord>(store, candidateRecord);
    expect(record).toMatchObject({ schema: 'signalbox/evaluation/1', onnx: 'of rising', dataset: 'record of rows' });
    const path = await store.localPath(blobKey(record.scores.digest));
    const [kept] = await withDuckDb({}, (database) =>
      database.rows<{ n: number; score: number }>(
        `SELECT count(*) AS n, max(score) FILTER (label_id = '10') AS score FROM read_parquet(${quoteText(path)})`,
      ),
    );
    expect(kept?.n).toBe(1000);
    expect(kept?.score).toBeCloseTo(1 / (1 + Math.exp(-4)), 6);
  });

  it('compares with a champion on the same labels, whatever the order of its rows', async () => {
    await writeDataset('shuffled', 1000, 'hash(i)');
    const same = await evaluate(request(model('rising'), model('rising', 'shuffled')));
    expect(same.overall.differences.auc).toEqual({ defined: true, value: 0, interval: [0, 0], rows: 1000 });
    const worse = await evaluate(request(model('rising'), model('falling')));
    expect(worse.overall.differences.auc).toMatchObject({ defined: true });
    expect((worse.overall.differences.auc as { value: number }).value).toBeGreaterThan(0.5);
    expect(worse.slices.near?.comparison?.differences.auc).toMatchObject({ defined: true, rows: 500 });
  });

  it('scores a champion the same from the rows of the candidate as from a file of its own, whatever the order of its features', async () => {
    await writeDataset('copy', 1000, 'i');
    for (const features of [
      ['v.a', 'v.b'],
      ['v.b', 'v.a'],
    ]) {
      const shared = await evaluate(request(model('rising'), model('falling', 'rows', features)));
      const apart = await evaluate(request(model('rising'), model('falling', 'copy', features)));
      expect(shared.overall).toEqual(apart.overall);
    }
  });

  it('refuses a champion that was scored on other labels', async () => {
    await writeDataset('fewer', 900, 'i');
    await expect(evaluate(request(model('rising'), model('rising', 'fewer')))).rejects.toMatchObject({
      code: 'input/bad-data',
      message: expect.stringContaining('1000 and 900 of them, without 901'),
    });
  });

  it('refuses a candidate that gives NaN, and says for how many rows and for which first', async () => {
    const swapped = model('nan', 'rows', ['v.b', 'v.a']);
    await expect(evaluate(request(swapped))).rejects.toMatchObject({
      code: 'training/failed',
      message: 'the model gives NaN instead of a score for 200 of 1000 evaluation rows, first for label 1',
    });
  });

  it('is not computed twice from the same inputs, and is from others', async () => {
    const first = await evaluate(request(model('rising')));
    await rm(join(root, 'rising.onnx'));
    expect(await evaluate(request(model('rising')))).toEqual(first);
    await expect(evaluate(request({ ...model('rising'), onnxDigest: 'of another' }))).rejects.toMatchObject({
      code: 'serving/bad-package',
    });
  });

  it('leaves nothing in its work folder', async () => {
    await evaluate(request(model('rising')));
    expect(await readdir(join(root, 'work'))).toEqual([]);
  });
});

describe('matching rows', () => {
  it('answers where each label is', () => {
    expect([...matchRows(['a', 'b', 'c'], ['c', 'a', 'b'])]).toEqual([1, 2, 0]);
  });

  it('refuses another set, also one with a label twice', () => {
    expect(() => matchRows(['a', 'b'], ['a', 'x'])).toThrow(/without b/);
    expect(() => matchRows(['a', 'b'], ['a', 'b', 'c'])).toThrow(/not scored on the same labels/);
    expect(() => matchRows(['a', 'b'], ['a', 'a'])).toThrow(/without b/);
  });
});
