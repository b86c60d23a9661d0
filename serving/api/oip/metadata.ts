import type { PublicInputs, ServingTable } from '../../prediction/index.js';

/** A tensor as the Open Inference Protocol describes it; -1 is the number of rows. */
export interface TensorMetadata {
  readonly name: string;
  readonly datatype: string;
  readonly shape: readonly number[];
}

const DATATYPES = { string: 'BYTES', int: 'INT64', double: 'FP64', bool: 'BOOL' } as const;

/** What every answer has, one row a prediction. */
export const OUTPUTS = [
  { name: 'prediction', datatype: 'FP64', shape: [-1] },
  { name: 'version', datatype: 'INT64', shape: [-1] },
  { name: 'role', datatype: 'BYTES', shape: [-1] },
  { name: 'degraded', datatype: 'BYTES', shape: [-1] },
  { name: 'prediction_id', datatype: 'BYTES', shape: [-1] },
] as const satisfies readonly TensorMetadata[];

/** The public inputs as tensors: `<entity>.<key>` and the request inputs by name. */
export function inputTensors({ entities, inputs }: PublicInputs): TensorMetadata[] {
  return [
    ...entities.flatMap((entity) =>
      entity.keys.map((key) => ({ name: `${entity.name}.${key.name}`, datatype: DATATYPES[key.type], shape: [-1] })),
    ),
    ...inputs.map(({ name, type }) => ({ name, datatype: DATATYPES[type], shape: [-1] })),
  ];
}

export function modelMetadata(table: ServingTable): unknown {
  const loaded = [...table.versions.values()].filter((each) => each.loaded !== null);
  return {
    name: table.manifest.model,
    versions: loaded.map(({ version }) => String(version)),
    platform: 'onnx_onnxv1',
    inputs: inputTensors(table.shape.required),
    outputs: OUTPUTS,
  };
}
