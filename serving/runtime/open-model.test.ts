import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { linearOnnx, nanOnnx, slowOnnx } from '../../tests/support/onnx-models.js';
import { checkGolden, warmUp } from './golden.js';
import { openModel } from './open-model.js';

const folder = mkdtempSync(join(tmpdir(), 'signalbox-runtime-'));
afterAll(() => rmSync(folder, { recursive: true }));

function spec(name: string, bytes: Uint8Array, over: { input?: string; tensor?: string; column?: number } = {}) {
  const modelPath = join(folder, `${name}.onnx`);
  writeFileSync(modelPath, bytes);
  return {
    modelPath,
    input: over.input ?? 'features',
    features: 2,
    output: { tensor: over.tensor ?? 'score', column: over.column ?? 0 },
  };
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z));
const linear = linearOnnx({ weights: [1, -2], bias: 0.5 });

describe('openModel', () => {
  it('scores rows in order, NULL being what the graph makes of NaN', async () => {
    const model = await openModel(spec('linear', linear));
    const scores = await model.score(new Float32Array([1, 0, 0, 1, Number.NaN, Number.NaN]));
    expect([...scores].map((score) => score.toFixed(5))).toEqual(
      [sigmoid(1.5), sigmoid(-1.5), sigmoid(0.5)].map((score) => score.toFixed(5)),
    );
    await model.close();
    await model.close();
  });

  it('refuses a file that is cut off, is not ONNX, or is not there', async () => {
    await expect(openModel(spec('cut', linear.slice(0, 60)))).rejects.toMatchObject({ code: 'serving/bad-package' });
    await expect(openModel(spec('text', Buffer.from('hello')))).rejects.toMatchObject({ code: 'serving/bad-package' });
    const missing = { ...spec('gone', linear), modelPath: join(folder, 'nowhere.onnx') };
    await expect(openModel(missing)).rejects.toMatchObject({ code: 'serving/bad-package' });
  });

  it('refuses a file without the promised tensors, and says which ones it has', async () => {
    await expect(openModel(spec('a', linear, { tensor: 'probabilities' }))).rejects.toThrow(
      /expected an output named "probabilities", the file has "score"/,
    );
    await expect(openModel(spec('b', linear, { input: 'x' }))).rejects.toThrow(/one input named "x"/);
  });

  it('fails a run, not the thread, when the output has no such column', async () => {
    const model = await openModel(spec('column', linear, { column: 3 }));
    await expect(model.score(new Float32Array(2))).rejects.toThrow(/column 3 for 1 rows, its shape is \[1, 1\]/);
    await expect(model.score(new Float32Array(4))).rejects.toThrow(/column 3 for 2 rows/);
    await model.close();
  });

  it('closes only after the runs that were asked for, and refuses later ones', async () => {
    const model = await openModel(spec('slow', slowOnnx(2, 150)));
    const running = model.score(new Float32Array(2));
    const closed = model.close();
    await expect(running).resolves.toHaveLength(1);
    await closed;
    await expect(model.score(new Float32Array(2))).rejects.toThrow(/closed/);
  });

  it('leaves the event loop free while a model runs', async () => {
    const model = await openModel(spec('busy', slowOnnx(2, 250)));
    let longestMs = 0;
    let last = performance.now();
    const ticker = setInterval(() => {
      longestMs = Math.max(longestMs, performance.now() - last);
      last = performance.now();
    }, 1);
    const started = performance.now();
    await model.score(new Float32Array(2));
    const tookMs = performance.now() - started;
    clearInterval(ticker);
    await model.close();
    expect(longestMs).toBeLessThan(Math.max(50, tookMs / 2));
  });
});

describe('checkGolden', () => {
  const golden = { schema: 'signalbox/golden/1', rows: [[1, null]], scores: [sigmoid(1.5)], tolerance: 1e-5 } as const;

  it('passes scores within the tolerance', async () => {
    const model = await openModel(spec('golden', linear));
    await checkGolden(model, golden);
    await warmUp(model, golden);
    await model.close();
  });

  it('refuses other scores, NaN and rows of another width', async () => {
    const model = await openModel(spec('golden', linear));
    await expect(checkGolden(model, { ...golden, scores: [0.5] })).rejects.toThrow(/golden row 0: expected 0.5/);
    await expect(checkGolden(model, { ...golden, rows: [[1]] })).rejects.toThrow(/has 1 values, the model takes 2/);
    await expect(checkGolden(model, { ...golden, rows: [], scores: [] })).rejects.toThrow(/at least one/);
    await model.close();
    const nan = await openModel(spec('nan', nanOnnx(2)));
    await expect(checkGolden(nan, golden)).rejects.toThrow(/the model says NaN/);
    await nan.close();
  });
});
