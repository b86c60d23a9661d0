import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const FEATURES = ['request.distance', 'origin.late_share'];

describe('the trainer as a program', () => {
  let root: string;

  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'signalbox-trainer-'));
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(
      `COPY (SELECT i AS label_id, (i * 37 % 1000)::DOUBLE AS "request.distance",
               CASE WHEN i % 4 <> 0 THEN (i * 61 % 100) / 100 END AS "origin.late_share",
               CASE WHEN (i * 61 % 100) > 60 THEN (md5_number_lower(i::VARCHAR) % 10 < 6)::INTEGER ELSE (md5_number_lower(i::VARCHAR) % 10 < 1)::INTEGER END AS label
             FROM range(6000) t(i)) TO '${root}/data.parquet' (FORMAT parquet)`,
    );
    connection.closeSync();
    instance.closeSync();
    await writeFile(join(root, 'features.json'), JSON.stringify(FEATURES));
  });
  afterAll(() => rm(root, { recursive: true, force: true }));

  async function run(output: string, changes: Record<string, string> = {}, parameters: unknown = { trees: 20 }) {
    await mkdir(join(root, output), { recursive: true });
    await writeFile(join(root, output, 'parameters.json'), JSON.stringify(parameters));
    const env = {
      PATH: process.env.PATH ?? '',
      SIGNALBOX_DATASET: join(root, 'data.parquet'),
      SIGNALBOX_FEATURES: join(root, 'features.json'),
      SIGNALBOX_PARAMETERS: join(root, output, 'parameters.json'),
      SIGNALBOX_OUTPUT: join(root, output),
      SIGNALBOX_LABEL: 'label',
      SIGNALBOX_SEED: '1',
      ...changes,
    };
    return promisify(execFile)(process.execPath, ['--import', 'tsx', 'train.ts'], { cwd: HERE, env });
  }

  it('writes the same bytes twice, and a model that runs with missing values', async () => {
    await Promise.all([run('a'), run('b')]);
    const [a, b] = await Promise.all(['a', 'b'].map((each) => readFile(join(root, each, 'model.onnx'))));
    expect(a!.equals(b!)).toBe(true);
    const session = await InferenceSession.create(a!);
    const rows = Float32Array.of(500, 0.9, 500, 0.1, 500, Number.NaN, Number.NaN, Number.NaN);
    const { score } = await session.run({ features: new Tensor('float32', rows, [4, 2]) });
    const [late, punctual, ...missing] = score!.data as Float32Array;
    expect(late).toBeGreaterThan(0.4);
    expect(punctual).toBeLessThan(0.2);
    for (const each of missing) expect(each).toBeGreaterThan(0);
    const metrics = JSON.parse(await readFile(join(root, 'a', 'metrics.json'), 'utf8')) as Record<string, number>;
    expect(metrics.trees).toBe(20);
  });

  it('says which setting is missing or wrong', async () => {
    await expect(run('c', { SIGNALBOX_LABEL: '' })).rejects.toMatchObject({
      stderr: expect.stringContaining('SIGNALBOX_LABEL is not set'),
    });
    await expect(run('d', {}, { trees: 'many' })).rejects.toMatchObject({
      stderr: expect.stringContaining('parameter trees: expected a number, got "many"'),
    });
    await expect(run('e', {}, { base: 'cubic' })).rejects.toMatchObject({
      stderr: expect.stringContaining('parameter base: expected "rate" or "linear", got "cubic"'),
    });
  });
});
