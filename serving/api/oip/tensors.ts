import { HttpError } from '../http-errors.js';

/** An input tensor with its rows as a flat list. */
export interface InputTensor {
  readonly name: string;
  readonly datatype: string;
  readonly data: readonly unknown[];
}

/** A row costs a prediction; more belong in several requests, or in a batch job. */
const MAX_ROWS = 1024;
const MAX_NESTING = 8;

/** Which values a datatype may hold in JSON. FP16 and BF16 have no JSON form. */
const ACCEPTS: Readonly<Record<string, (value: unknown) => boolean>> = {
  BOOL: (value) => typeof value === 'boolean',
  BYTES: (value) => typeof value === 'string',
  FP32: (value) => typeof value === 'number',
  FP64: (value) => typeof value === 'number',
  ...Object.fromEntries([8, 16, 32, 64].map((bits) => [`INT${bits}`, wholeFrom(-(2 ** (bits - 1)), 2 ** (bits - 1))])),
  ...Object.fromEntries([8, 16, 32, 64].map((bits) => [`UINT${bits}`, wholeFrom(0, 2 ** bits)])),
};

/** Whole numbers in [min, end), as far as JSON numbers are exact. */
function wholeFrom(min: number, end: number): (value: unknown) => boolean {
  return (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) < end;
}

/** The input tensors of a request body and their common number of rows. Throws `HttpError` 400, or 501 for binary tensors. */
export function parseInputTensors(value: unknown): {
  readonly tensors: ReadonlyMap<string, InputTensor>;
  readonly rows: number;
} {
  if (!Array.isArray(value) || value.length === 0) throw bad('inputs', 'expected "inputs": a list of tensors');
  const tensors = new Map<string, InputTensor>();
  let rows: number | null = null;
  for (const each of value) {
    const { tensor, rows: count } = parseTensor(each);
    if (tensors.has(tensor.name)) throw bad(tensor.name, `input "${tensor.name}" is there twice`);
    if (rows !== null && count !== rows)
      throw bad(tensor.name, `input "${tensor.name}" has ${count} rows, the one before has ${rows}`);
    rows = count;
    tensors.set(tensor.name, tensor);
  }
  return { tensors, rows: rows! };
}

function parseTensor(value: unknown): { tensor: InputTensor; rows: number } {
  if (!isObject(value) || typeof value.name !== 'string')
    throw bad('inputs', 'expected each input to be a tensor with a name');
  const name = value.name.slice(0, 200);
  refuseBinary(value.parameters, name);
  const supported = Object.keys(ACCEPTS).join(', ');
  if (value.datatype === undefined) throw bad(name, `input "${name}": datatype is missing; use one of ${supported}`);
  const accepts = ACCEPTS[String(value.datatype)];
  if (accepts === undefined || !Object.hasOwn(ACCEPTS, String(value.datatype))) {
    throw bad(
      name,
      `input "${name}": the datatype ${short(value.datatype)} is not supported in JSON; use ${supported}`,
    );
  }
  const rows = rowsOf(value.shape, name);
  const data = flatten(value.data, name);
  if (data.length !== rows) throw bad(name, `input "${name}": its shape has ${rows} elements, its data ${data.length}`);
  const wrong = data.findIndex((element) => !accepts(element));
  if (wrong >= 0)
    throw bad(
      name,
      `input "${name}": element ${wrong} is ${short(data[wrong])}, which is no ${String(value.datatype)}`,
    );
  return { tensor: { name, datatype: String(value.datatype), data }, rows };
}

/** `[rows]` or `[rows, 1]`: each public input is one column. */
function rowsOf(shape: unknown, name: string): number {
  const [rows, columns = 1] = Array.isArray(shape) ? (shape as unknown[]) : [];
  if (
    !Array.isArray(shape) ||
    shape.length > 2 ||
    !Number.isSafeInteger(rows) ||
    (rows as number) < 1 ||
    columns !== 1
  ) {
    throw bad(name, `input "${name}": expected the shape [rows] or [rows, 1], got ${short(shape)}`);
  }
  if ((rows as number) > MAX_ROWS)
    throw bad(name, `input "${name}": at most ${MAX_ROWS} rows in one request, got ${String(rows)}`);
  return rows as number;
}

function flatten(data: unknown, name: string): unknown[] {
  if (!Array.isArray(data)) throw bad(name, `input "${name}" has no data`);
  let flat: unknown[] = data;
  for (let level = 0; flat.some(Array.isArray); level += 1) {
    if (level >= MAX_NESTING)
      throw bad(name, `input "${name}": its data is nested more than ${MAX_NESTING} levels deep`);
    flat = flat.flat(1);
  }
  return flat;
}

/** Binary tensors are an extension that this server does not announce. */
export function refuseBinary(parameters: unknown, name: string): void {
  if (!isObject(parameters)) return;
  if (parameters.binary_data_size === undefined && parameters.binary_data !== true) return;
  throw new HttpError({
    status: 501,
    code: 'serving/bad-request',
    field: name,
    message: `tensor "${name}": binary tensor data is not supported; send the data as JSON`,
  });
}

export function bad(field: string, message: string): HttpError {
  return new HttpError({ status: 400, code: 'serving/bad-request', field, message });
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
