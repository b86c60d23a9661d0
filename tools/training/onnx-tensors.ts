import { SignalboxError } from '@signalbox/contracts';
import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;

/** A tensor that a model takes or gives. `null` in the shape is a free dimension. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | null)[];
}

export interface OnnxTensors {
  readonly inputs: readonly OnnxTensor[];
  readonly outputs: readonly OnnxTensor[];
}

/** Reads what an ONNX file takes and gives, without running it. Throws `training/failed` for bytes that are no whole ONNX model. */
export function readOnnxTensors(bytes: Uint8Array): OnnxTensors {
  const model = decode(bytes);
  const weights = new Set((model.graph?.initializer ?? []).map((tensor) => tensor.name));
  const inputs = (model.graph?.input ?? []).filter((input) => !weights.has(input.name));
  const outputs = model.graph?.output ?? [];
  if (outputs.length === 0) throw notOnnx('it has no graph with an output');
  return { inputs: inputs.map(describe), outputs: outputs.map(describe) };
}

/** A cut file may end between two fields and still decode, so the graph's own promises are checked by the caller too. */
function decode(bytes: Uint8Array) {
  try {
    return onnx.ModelProto.decode(bytes);
  } catch (cause) {
    throw notOnnx(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function describe(value: InstanceType<typeof onnx.ValueInfoProto> | onnxProto.onnx.IValueInfoProto): OnnxTensor {
  const tensor = value.type?.tensorType;
  const type = tensor ? (onnx.TensorProto.DataType[tensor.elemType ?? 0] ?? 'UNKNOWN') : 'no tensor';
  const shape = (tensor?.shape?.dim ?? []).map((dim) => (dim.dimValue ? Number(dim.dimValue) : null));
  return { name: value.name ?? '', type, shape };
}

function notOnnx(why: string, cause?: unknown): SignalboxError {
  return new SignalboxError('training/failed', `model.onnx is not a whole ONNX model: ${why}`, {
    cause,
    hint: 'Look for an early end in the trainer: the file must be complete when the command exits.',
  });
}
