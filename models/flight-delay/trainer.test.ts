import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { binFeatures, quantileEdges } from './bins.js';
import { type BoostedTrees, boost, predict } from './boost.js';
import { toOnnx } from './onnx.js';
import { seededRandom } from './random.js';
import type { Dataset } from './read-dataset.js';

const OPTIONS = { trees: 20, depth: 4, learningRate: 0.2, rowShare: 0.7, minLeafRows: 10, seed: 3 };

/** The label depends on both features; a third of the first is missing, and missing means "often positive". */
function madeUpDataset(rows: number, seed: number): Dataset {
  const random = seededRandom(seed);
  const columns = [new Float32Array(rows), new Float32Array(rows), new Float32Array(rows)] as const;
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    columns[0][row] = random() < 1 / 3 ? Number.NaN : random() * 10;
    columns[1][row] = Math.floor(random() * 5);
    columns[2][row] = random();
    const chance = Number.isNaN(columns[0][row]!) ? 0.8 : columns[0][row]! > 4 && columns[1][row]! >= 2 ? 0.6 : 0.1;
    labels[row] = random() < chance ? 1 : 0;
  }
  return { rows, columns, labels };
}

async function scoreWithOnnx(model: BoostedTrees, rows: readonly (readonly number[])[]): Promise<Float32Array> {
  const features = rows[0]!.length;
  const session = await InferenceSession.create(toOnnx(model, { input: 'features', output: 'score', features }));
  const input = new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, features]);
  const output = await session.run({ features: input });
  return output.score!.data as Float32Array;
}

describe('the trainer', () => {
  it('says in ONNX Runtime what it says itself, also on edges, next to edges, and for missing values', async () => {
    const dataset = madeUpDataset(3000, 1);
    const model = boost(dataset, OPTIONS);
    const edges = quantileEdges(dataset.columns[0]!, 64);
    const nudge = (value: number, steps: number) => {
      const bits = new Int32Array(Float32Array.of(value).buffer);
      bits[0]! += steps;
      return new Float32Array(bits.buffer)[0]!;
    };
    const rows = [
      ...[...edges].flatMap((edge) => [edge, nudge(edge, 1), nudge(edge, -1)].map((value) => [value, 3, 0.5])),
      [Number.NaN, 1, 0.5],
      [Number.NaN, Number.NaN, Number.NaN],
      [-1e30, 1e30, 0],
      [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0],
    ].map((row) => [...Float32Array.from(row)]);
    const scores = await scoreWithOnnx(model, rows);
    for (const [index, row] of rows.entries()) expect(scores[index]).toBeCloseTo(predict(model, row), 5);
  });

  it('gives the same bytes for the same data, options and seed, and others for another seed', () => {
    const bytes = (seed: number) =>
      Buffer.from(
        toOnnx(boost(madeUpDataset(2000, 1), { ...OPTIONS, seed }), { input: 'f', output: 's', features: 3 }),
      );
    expect(bytes(3).equals(bytes(3))).toBe(true);
    expect(bytes(3).equals(bytes(4))).toBe(false);
  });

  it('learns what missing means', () => {
    const model = boost(madeUpDataset(5000, 1), OPTIONS);
    expect(predict(model, [Number.NaN, 0, 0.5])).toBeGreaterThan(0.7);
    expect(predict(model, [1, 0, 0.5])).toBeLessThan(0.2);
    expect(predict(model, [8, 4, 0.5])).toBeGreaterThan(0.45);
  });

  it('answers the base rate when no feature tells anything', () => {
    const dataset: Dataset = {
      rows: 100,
      columns: [new Float32Array(100).fill(7), new Float32Array(100).fill(Number.NaN)],
      labels: Uint8Array.from({ length: 100 }, (_, row) => (row < 25 ? 1 : 0)),
    };
    expect(predict(boost(dataset, { ...OPTIONS, rowShare: 1 }), [7, Number.NaN])).toBeCloseTo(0.25, 2);
  });

  it('stays finite when every label is the same', () => {
    const dataset = { ...madeUpDataset(500, 1), labels: new Uint8Array(500) };
    const score = predict(boost(dataset, OPTIONS), [1, 1, 1]);
    expect(score).toBeGreaterThanOrEqual(0);
    expect(score).toBeLessThan(0.01);
  });
});

describe('binning', () => {
  it('puts a value in the bin whose edge is the first not below it', () => {
    const column = Float32Array.from({ length: 1000 }, (_, row) => row % 100);
    const { bins, edges, missing } = binFeatures([column], 16);
    for (const [row, value] of column.entries()) {
      const bin = bins[row]!;
      if (bin < edges[0]!.length) expect(value).toBeLessThanOrEqual(edges[0]![bin]!);
      if (bin > 0) expect(value).toBeGreaterThan(edges[0]![bin - 1]!);
    }
    expect(missing).toBe(16);
  });

  it('keeps NaN apart from every value', () => {
    const { bins, missing } = binFeatures([Float32Array.of(1, Number.NaN, 2)], 8);
    expect([...bins].map((bin) => bin === missing)).toEqual([false, true, false]);
  });
});
