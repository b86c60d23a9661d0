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

/** Tags and lengths have 32 bits, seven in a byte. */
const MAX_BYTES_OF_32_BITS = 5;

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
    const { field, wireType, next: begin } = readTag(scan.bytes, at, end);
    const { value, low, next } = skipField(scan.bytes, wireType, { at: begin, end });
    if (kind === 'tensor' && isExternal(field, low)) throw external();
    const child = inner[field];
    if (child !== undefined && wireType === DELIMITED)
      scanMessage(scan, { kind: child, start: next - value, end: next, depth: depth + 1 });
    at = next;
  }
}

function isExternal(field: number, low: number): boolean {
  // The runtime keeps the low 32 bits of an enum: 2^32 + 1 is EXTERNAL too.
  return field === EXTERNAL_DATA || (field === DATA_LOCATION && low === 1);
}

/**
 * The number and wire type of a field. Decoders disagree about a tag that does not fit into 32 bits: some drop what is above and see another field, so
 * that no model may have one. Five bytes are what 32 bits take.
 */
function readTag(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly field: number; readonly wireType: number; readonly next: number } {
  const { value, next } = readVarint(bytes, start, end);
  const field = Math.floor(value / 8);
  if (next - start > MAX_BYTES_OF_32_BITS || value > 0xffff_ffff || field === 0)
    throw notAModel('it has a field that decoders read differently');
  return { field, wireType: value % 8, next };
}

/** The value of a varint, the length of a delimited field, else 0; and where the next field begins. */
function skipField(
  bytes: Uint8Array,
  wireType: number,
  { at, end }: { readonly at: number; readonly end: number },
): Varint {
  switch (wireType) {
    case VARINT:
      return readVarint(bytes, at, end);
    case FIXED_64:
      return within({ value: 0, low: 0, next: at + 8 }, end);
    case FIXED_32:
      return within({ value: 0, low: 0, next: at + 4 }, end);
    case DELIMITED: {
      const { value, low, next } = readVarint(bytes, at, end);
      if (next - at > MAX_BYTES_OF_32_BITS) throw notAModel('it has a length that no decoder reads');
      return within({ value, low, next: next + value }, end);
    }
    default:
      throw notAModel(`it has a field of the wire type ${wireType}`);
  }
}

function within<T extends { readonly next: number }>(field: T, end: number): T {
  if (field.next <= end) return field;
  throw notAModel('it ends within a field');
}

interface Varint {
  /** Past 2^53 without its last bits: it is then larger than any length. */
  readonly value: number;
  /** The low 32 bits, exactly. */
  readonly low: number;
  readonly next: number;
}

/** Up to ten bytes of seven bits, the lowest first. */
function readVarint(bytes: Uint8Array, start: number, end: number): Varint {
  let [value, low] = [0, 0];
  for (let at = start, factor = 1; at < end && at < start + 10; at++, factor *= 128) {
    const bits = bytes[at]! & 0x7f;
    value += bits * factor;
    if (at - start < MAX_BYTES_OF_32_BITS) low = (low | (bits << (7 * (at - start)))) >>> 0;
    if (bytes[at]! < 0x80) return { value, low, next: at + 1 };
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
