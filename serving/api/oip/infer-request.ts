import type { KeyValue } from '@signalbox/contracts';
import {
  BadRequest,
  defaultUnit,
  type InputValue,
  type PredictRequest,
  parseInput,
  parseKeys,
  type RequestShape,
  requestTime,
} from '../../prediction/index.js';
import { OUTPUTS } from './metadata.js';
import { bad, type InputTensor, isObject, parseInputTensors, refuseBinary } from './tensors.js';

/** An inference request, read: one `PredictRequest` a row. */
export interface InferRequest {
  readonly id: string | null;
  readonly rows: readonly PredictRequest[];
  /** Names of the outputs to send, in the order to send them. */
  readonly outputs: readonly string[];
}

interface Parameters {
  readonly timeoutMs: number | null;
  readonly unit: string | null;
}

/** Optional tensors that every model takes: whose bucket, and T. */
const UNIT = 'unit';
const AT = 'at';

/** Throws `HttpError` and `BadRequest`. */
export function parseInferRequest(shape: RequestShape, body: unknown, nowUs: number | null): InferRequest {
  if (!isObject(body)) throw bad('body', 'expected a JSON object with "inputs"');
  const parameters = parseParameters(body.parameters);
  const { tensors, rows } = parseInputTensors(body.inputs);
  const ignored = ignoredInputs(shape, tensors);
  return {
    id: parseId(body.id),
    rows: Array.from({ length: rows }, (_, row) => rowRequest(shape, tensors, { row, nowUs, parameters, ignored })),
    outputs: parseOutputs(body.outputs),
  };
}

function rowRequest(
  shape: RequestShape,
  tensors: ReadonlyMap<string, InputTensor>,
  context: {
    readonly row: number;
    readonly nowUs: number | null;
    readonly parameters: Parameters;
    readonly ignored: readonly string[];
  },
): PredictRequest {
  const { row, nowUs, parameters, ignored } = context;
  const entities = rowEntities(shape, tensors, row);
  const inputs: Record<string, InputValue> = {};
  for (const input of shape.known.inputs) {
    const tensor = tensors.get(input.name);
    if (tensor !== undefined) inputs[input.name] = named(input.name, () => parseInput(input, tensor.data[row]));
  }
  const missing = shape.required.inputs.find(({ name }) => inputs[name] === undefined);
  if (missing !== undefined) throw bad(missing.name, `the input "${missing.name}" is missing`);
  const at = tensors.get(AT)?.data[row];
  return {
    entities,
    inputs,
    unit: unitOf(tensors.get(UNIT)?.data[row], row) ?? parameters.unit ?? defaultUnit(shape, entities),
    atUs: named(AT, () => requestTime(shape, at, nowUs)),
    overrides: null,
    ignored,
    includeFeatures: false,
    timeoutMs: parameters.timeoutMs,
  };
}

/** An error of this protocol is a text alone, so the text names the input: `name`, or the field that was refused. */
function named<T>(name: string | null, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BadRequest)) throw error;
    const input = name ?? error.field;
    throw new BadRequest(input, `input "${input}": ${error.message}`, error.hint);
  }
}

function rowEntities(
  shape: RequestShape,
  tensors: ReadonlyMap<string, InputTensor>,
  row: number,
): Record<string, readonly KeyValue[]> {
  const entities: Record<string, readonly KeyValue[]> = {};
  for (const entity of shape.known.entities) {
    const required = shape.required.entities.some(({ name }) => name === entity.name);
    const columns = entity.keys.map((key) => tensors.get(`${entity.name}.${key.name}`));
    const absent = columns.indexOf(undefined);
    if (absent >= 0) {
      const name = `${entity.name}.${entity.keys[absent]!.name}`;
      if (required) throw bad(name, `the input "${name}" is missing`);
      continue;
    }
    const values = Object.fromEntries(entity.keys.map((key, index) => [key.name, columns[index]!.data[row]]));
    entities[entity.name] = named(null, () => parseKeys(entity, values, entity.name));
  }
  return entities;
}

function ignoredInputs({ known }: RequestShape, tensors: ReadonlyMap<string, InputTensor>): string[] {
  const names = new Set([
    UNIT,
    AT,
    ...known.inputs.map(({ name }) => name),
    ...known.entities.flatMap((entity) => entity.keys.map((key) => `${entity.name}.${key.name}`)),
  ]);
  return [...tensors.keys()].filter((name) => !names.has(name));
}

function parseParameters(value: unknown): Parameters {
  if (value === undefined) return { timeoutMs: null, unit: null };
  if (!isObject(value)) throw bad('parameters', 'expected "parameters" to be an object');
  const { timeout, unit } = value;
  if (timeout !== undefined && !(typeof timeout === 'number' && timeout > 0)) {
    throw bad('parameters.timeout', 'expected "timeout" to be microseconds above 0');
  }
  return { timeoutMs: timeout === undefined ? null : timeout / 1000, unit: unitOf(unit, null) };
}

function unitOf(value: unknown, row: number | null): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string' && value.length > 0 && value.length <= 512) return value;
  throw bad(UNIT, `expected "unit"${row === null ? '' : ` of row ${row}`} to be a string of 1 to 512 characters`);
}

function parseId(value: unknown): string | null {
  if (value === undefined) return null;
  if (typeof value === 'string' && value.length <= 512) return value;
  throw bad('id', 'expected "id" to be a string of at most 512 characters');
}

function parseOutputs(value: unknown): readonly string[] {
  const known: readonly string[] = OUTPUTS.map(({ name }) => name);
  if (value === undefined) return known;
  if (!Array.isArray(value)) throw bad('outputs', 'expected "outputs" to be a list');
  const names = value.map((output: unknown) => {
    const name = isObject(output) ? output.name : undefined;
    if (typeof name !== 'string' || !known.includes(name)) {
      throw bad(
        'outputs',
        `there is no output ${JSON.stringify(name)?.slice(0, 80)}; the outputs are ${known.join(', ')}`,
      );
    }
    refuseBinary((output as Record<string, unknown>).parameters, name);
    return name;
  });
  return names.length === 0 ? known : names;
}
