import { SignalboxError } from '@signalbox/contracts';

/**
 * Which fields of ONNX messages lead to tensors, by field number (onnx.proto of ONNX 1.19). A scan of the wire format visits them without building a single
 * object, so that a file of a hundred megabytes of empty messages costs no memory, and finds what a decoder would hand to the runtime.
 */
const MESSAGES = {
  model: { 7: 'graph', 20: 'training', 25: 'function' },
  training: { 1: 'graph', 2: 'graph' },
  function: { 7: 'node', 11: 'attribute' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  tensor: {},
} as const satisfies Record<string, Readonly<Record<number, string>>>;
type MessageKind = keyof typeof MESSAGES;

/** `TensorProto.external_data`, and `TensorProto.data_location`, whose value 1 is EXTERNAL. */
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;

/** Subgraphs lie in attributes of nodes of graphs; real models reach about ten. */
const MAX_DEPTH = 100;

/** A language model of ten thousand nodes has some three hundred thousand parts. Five million take a decoder about a gigabyte, and two bytes each in a file. */
const MAX_PARTS = 5_000_000;

/** Wire types of protobuf that ONNX uses. */
const VARINT = 0;
const FIXED_64 = 1;
const DELIMITED = 2;
const FIXED_32 = 5;

/**
 * Refuses a model whose weights lie in other files: a package is one file, and the runtime would follow whatever path the model names, out of its folder
 * too. Also refuses what no decoder could hold. Throws `training/failed`.
 */
export function assertSelfContained(bytes: Uint8Array): void {
  const scan: Scan = { bytes, parts: 0 };
  scanMessage(scan, { kind: 'model', start: 0, end: bytes.length, depth: 0 });
}

interface Scan {
  readonly bytes: Uint8Array;
  parts: number;
}

interface Message {
  readonly kind: MessageKind;
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

function scanMessage(scan: Scan, { kind, start, end, depth }: Message): void {
  if (depth > MAX_DEPTH) throw notAModel(`its parts lie more than ${MAX_DEPTH} deep`);
  const inner: Readonly<Record<number, MessageKind | undefined>> = MESSAGES[kind];
  let at = start;
  while (at < end) {
    scan.parts += 1;
    if (scan.parts > MAX_PARTS) throw notAModel(`it has more than ${MAX_PARTS.toLocaleString('en-US')} parts`);
    const tag = readVarint(scan.bytes, at, end);
    const field = Math.floor(tag.value / 8);
    const { value, next } = skipField(scan.bytes, tag.value % 8, { at: tag.next, end });
    if (kind === 'tensor' && isExternal(field, value)) throw external();
    const child = inner[field];
    if (child !== undefined && tag.value % 8 === DELIMITED)
      scanMessage(scan, { kind: child, start: next - value, end: next, depth: depth + 1 });
    at = next;
  }
}

function isExternal(field: number, value: number): boolean {
  return field === EXTERNAL_DATA || (field === DATA_LOCATION && value === 1);
}

/** The value of a varint, the length of a delimited field, else 0; and where the next field begins. */
function skipField(
  bytes: Uint8Array,
  wireType: number,
  { at, end }: { readonly at: number; readonly end: number },
): { readonly value: number; readonly next: number } {
  switch (wireType) {
    case VARINT:
      return readVarint(bytes, at, end);
    case FIXED_64:
      return within({ value: 0, next: at + 8 }, end);
    case FIXED_32:
      return within({ value: 0, next: at + 4 }, end);
    case DELIMITED: {
      const length = readVarint(bytes, at, end);
      return within({ value: length.value, next: length.next + length.value }, end);
    }
    default:
      throw notAModel(`it has a field of the wire type ${wireType}`);
  }
}

function within<T extends { readonly next: number }>(field: T, end: number): T {
  if (field.next <= end) return field;
  throw notAModel('it ends within a field');
}

/** Up to ten bytes of seven bits, the lowest first. Values past 2^53 lose their last bits, which no length or field number has. */
function readVarint(bytes: Uint8Array, start: number, end: number): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let at = start, factor = 1; at < end && at < start + 10; at++, factor *= 128) {
    value += (bytes[at]! & 0x7f) * factor;
    if (bytes[at]! < 0x80) return { value, next: at + 1 };
  }
  throw notAModel('it ends within a number');
}

function external(): SignalboxError {
  return new SignalboxError(
    'training/failed',
    'model.onnx keeps weights in another file, which a package does not have',
    {
      hint: 'Save the model with its weights inside: onnx.save(model, path, save_as_external_data=False).',
    },
  );
}

function notAModel(why: string): SignalboxError {
  return new SignalboxError('training/failed', `model.onnx is not a whole ONNX model: ${why}`, {
    hint: 'Look for an early end in the trainer: the file must be complete when the command exits.',
  });
}
