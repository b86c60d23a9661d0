import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BoostOptions, boost, predict } from './boost.js';
import { toOnnx } from './onnx.js';
import { type Dataset, readDataset } from './read-dataset.js';

/** The trainer of this model. It meets the command contract of docs/trainers.md and knows nothing else of Signalbox. */
async function main(): Promise<void> {
  const features = readJson<string[]>(setting('SIGNALBOX_FEATURES'));
  const output = setting('SIGNALBOX_OUTPUT');
  const dataset = await readDataset(setting('SIGNALBOX_DATASET'), features, setting('SIGNALBOX_LABEL'));
  if (dataset.rows === 0) throw new Error('the dataset has no rows: is the training period inside the snapshot?');
  console.log(`${dataset.rows} rows, ${features.length} features`);

  const model = boost(dataset, options());
  const loss = trainingLoss(model, dataset);
  console.log(`${model.trees.length} trees, log loss ${loss.toFixed(4)} on the training rows`);

  const onnx = toOnnx(model, { input: 'features', output: 'score', features: features.length });
  writeFileSync(join(output, 'model.onnx'), onnx);
  writeFileSync(join(output, 'metrics.json'), JSON.stringify({ trees: model.trees.length, training_log_loss: loss }));
}

function options(): BoostOptions {
  const given = readJson<Record<string, unknown>>(setting('SIGNALBOX_PARAMETERS'));
  const number = (name: string, otherwise: number): number => {
    const value = given[name] ?? otherwise;
    if (typeof value !== 'number')
      throw new Error(`parameter ${name}: expected a number, got ${JSON.stringify(value)}`);
    return value;
  };
  return {
    trees: number('trees', 80),
    depth: number('depth', 5),
    learningRate: number('learningRate', 0.12),
    rowShare: number('rowShare', 0.5),
    minLeafRows: number('minLeafRows', 40),
    seed: Number(setting('SIGNALBOX_SEED')),
    base: baseOf(given.base ?? 'rate'),
  };
}

function baseOf(value: unknown): BoostOptions['base'] {
  if (value === 'rate' || value === 'linear') return value;
  throw new Error(`parameter base: expected "rate" or "linear", got ${JSON.stringify(value)}`);
}

/** On every tenth row: enough to see that training worked, and what people look at is the evaluation. */
function trainingLoss(model: ReturnType<typeof boost>, { columns, labels, rows }: Dataset): number {
  let sum = 0;
  let count = 0;
  for (let row = 0; row < rows; row += 10) {
    const values = columns.map((column) => column[row]!);
    const probability = predict(model, values);
    sum -= Math.log(labels[row] === 1 ? probability : 1 - probability);
    count++;
  }
  return sum / count;
}

function setting(name: string): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`${name} is not set: run this by \`signalbox train\``);
  return value;
}

function readJson<T>(path: string): T {
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}

await main();
