import fc from 'fast-check';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { binFeatures, quantileEdges } from './bins.js';
import { type BoostedTrees, boost, predict } from './boost.js';
import { fitLogistic, linearValue } from './linear.js';
import { toOnnx } from './onnx.js';
import { seededRandom } from './random.js';
import type { Dataset } from './read-dataset.js';

const OPTIONS = {
  trees: 20,
  depth: 4,
  learningRate: 0.2,
  rowShare: 0.7,
  minLeafRows: 10,
  seed: 3,
  base: 'rate',
} as const;

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

/** The log-odds rise with the first feature and fall with the second; the third is missing for half of the rows. */
function linearDataset(rows: number, seed: number): Dataset {
  const random = seededRandom(seed);
  const columns = [0, 1, 2].map(() => new Float32Array(rows)) as [Float32Array, Float32Array, Float32Array];
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    columns[0][row] = random() * 4000;
    columns[1][row] = Math.floor(random() * 24);
    columns[2][row] = random() < 0.5 ? Number.NaN : random();
    const logit = columns[0][row]! / 1000 - columns[1][row]! / 10 - 1;
    labels[row] = random() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
  }
  return { rows, columns, labels };
}

function logLoss(model: BoostedTrees, { rows, columns, labels }: Dataset): number {
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const probability = predict(
      model,
      columns.map((column) => column[row]!),
    );
    sum -= Math.log(labels[row] === 1 ? probability : 1 - probability);
  }
  return sum / rows;
}

describe('a linear base', () => {
  const data = linearDataset(6000, 5);

  it('is fitted to the coefficients that made the data, on the features that no row lacks', () => {
    const { intercept, terms } = fitLogistic(linearDataset(40_000, 6));
    expect(terms.features).toEqual([0, 1]);
    expect(terms.weights[0]! * 1000).toBeCloseTo(1, 1);
    expect(terms.weights[1]! * 10).toBeCloseTo(-1, 1);
    expect(intercept).toBeCloseTo(-1, 1);
  });

  it('has a mean score that is the share of positive labels, whatever the data', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 30, max: 300 }), (seed, rows) => {
        const drawn = linearDataset(rows, seed);
        const { intercept, terms } = fitLogistic(drawn);
        let mean = 0;
        for (let row = 0; row < rows; row++) {
          const values = drawn.columns.map((column) => column[row]!);
          mean += 1 / (1 + Math.exp(-intercept - linearValue(terms, values))) / rows;
        }
        const share = drawn.labels.reduce((sum, label) => sum + label, 0) / rows;
        // The ridge of one row pulls a little towards one half.
        expect(Math.abs(mean - share)).toBeLessThan(6 / rows);
      }),
      { seed: 11, numRuns: 50 },
    );
  });

  it('is better than no base on rows that were not trained on, where the log-odds are straight and trees are few', () => {
    const later = linearDataset(6000, 7);
    const few = { ...OPTIONS, trees: 8 };
    expect(logLoss(boost(data, { ...few, base: 'linear' }), later)).toBeLessThan(logLoss(boost(data, few), later));
  });

  it('says in ONNX Runtime what it says itself, and has no score where a linear term is missing', async () => {
    const model = boost(data, { ...OPTIONS, base: 'linear' });
    const rows = [
      [1000, 3, 0.5],
      [4000, 23, Number.NaN],
      [0, 0, 0],
      [Number.NaN, 3, 0.5],
      [1000, Number.NaN, 0.5],
    ].map((row) => [...Float32Array.from(row)]);
    const scores = [...(await scoreWithOnnx(model, rows))];
    for (const [index, row] of rows.slice(0, 3).entries()) expect(scores[index]).toBeCloseTo(predict(model, row), 5);
    expect(scores.slice(3)).toEqual([Number.NaN, Number.NaN]);
    expect(rows.slice(3).map((row) => predict(model, row))).toEqual([Number.NaN, Number.NaN]);
  });

  it('is the base rate where every feature is missing somewhere or the same everywhere', () => {
    const columns = [Float32Array.of(7, 7, 7, 7), Float32Array.of(1, Number.NaN, 2, 3)];
    const labels = Uint8Array.of(1, 0, 0, 0);
    const model = boost({ rows: 4, columns, labels }, { ...OPTIONS, trees: 0, base: 'linear' });
    expect(model.linear).toBeNull();
    expect(predict(model, [Number.NaN, Number.NaN])).toBeLessThan(0.5);
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
