import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Model, SignalboxError } from '@signalbox/contracts';
import { assertSelfContained } from './onnx-scan.js';
import { type OnnxTensor, readOnnxTensors } from './onnx-tensors.js';

export interface TrainerOutput {
  readonly onnxPath: string;
  /** What the trainer reported in metrics.json: name to number. */
  readonly reported: Readonly<Record<string, number>>;
}

/** Largest file that is parsed in memory to look at its tensors; the protobuf format itself ends at 2 GiB. */
export const MAX_MODEL_BYTES = 1024 ** 3;

/**
 * Checks what a trainer left: `model.onnx` with the declared input `[rows, features]` and output, and `metrics.json`, a flat object of
 * finite numbers (absent: nothing reported). Throws `training/failed` and says what was expected and what came.
 */
export async function checkTrainerOutput(
  folder: string,
  shape: { readonly serving: Model['serving']; readonly features: number },
): Promise<TrainerOutput> {
  const onnxPath = join(folder, 'model.onnx');
  const found = await stat(onnxPath).catch(() => null);
  if (found === null || !found.isFile()) {
    throw failed('the trainer left no model.onnx', 'Write the model to $SIGNALBOX_OUTPUT/model.onnx.');
  }
  if (found.size === 0) throw failed('model.onnx is empty', 'Write the whole model before the command exits.');
  if (found.size <= MAX_MODEL_BYTES) checkModel(await readFile(onnxPath), shape);
  return { onnxPath, reported: await readReported(join(folder, 'metrics.json')) };
}

/** Whether these bytes are a model of that shape, all in one file. Throws `training/failed`. */
export function checkModel(
  bytes: Uint8Array,
  { serving, features }: { readonly serving: Model['serving']; readonly features: number },
): void {
  const { input, output } = serving;
  assertSelfContained(bytes);
  const { inputs, outputs } = readOnnxTensors(bytes);
  const [only, ...others] = inputs;
  if (only === undefined || others.length > 0 || only.name !== input) {
    throw failed(
      `expected one input "${input}" in model.onnx, it has ${list(inputs)}`,
      'Name the input as `serving.input` in model.yaml says, and give the model all features in one tensor.',
    );
  }
  if (only.type !== 'FLOAT' || only.shape.length !== 2 || (only.shape[1] !== null && only.shape[1] !== features)) {
    throw failed(
      `expected the input "${input}" to be FLOAT [rows, ${features}], it is ${shapeOf(only)}`,
      `The model has ${features} features; SIGNALBOX_FEATURES lists them in order.`,
    );
  }
  if (only.shape[0] !== null) {
    throw failed(
      `expected the input "${input}" to take any number of rows, it takes ${only.shape[0]}`,
      'Export the model with a free first dimension.',
    );
  }
  if (!outputs.some((each) => each.name === output.tensor)) {
    throw failed(
      `expected an output "${output.tensor}" in model.onnx, it has ${list(outputs)}`,
      'Name the output as `serving.output.tensor` in model.yaml says, or change it there.',
    );
  }
}

async function readReported(path: string): Promise<Record<string, number>> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  const hint = 'Write a flat JSON object of numbers, such as {"training_log_loss": 0.45}.';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new SignalboxError('training/failed', 'metrics.json is not JSON', { cause, hint });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw failed('metrics.json is not an object', hint);
  }
  for (const [name, each] of Object.entries(value)) {
    if (typeof each !== 'number')
      throw failed(`metrics.json: "${name}" is ${JSON.stringify(each)}, not a number`, hint);
  }
  return value as Record<string, number>;
}

function shapeOf({ type, shape }: OnnxTensor): string {
  return `${type} [${shape.map((dim) => dim ?? 'any').join(', ')}]`;
}

function list(tensors: readonly OnnxTensor[]): string {
  return tensors.length === 0 ? 'none' : tensors.map((each) => `"${each.name}" ${shapeOf(each)}`).join(', ');
}

function failed(message: string, hint: string): SignalboxError {
  return new SignalboxError('training/failed', message, { hint });
}
