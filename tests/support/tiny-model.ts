import onnxProto from 'onnx-proto';

const { onnx } = onnxProto;
const { AttributeType } = onnx.AttributeProto;

export interface TinyModel {
  readonly features: number;
  readonly input?: string;
  readonly output?: string;
  /** The score is sigmoid(slope * first feature + intercept); NaN in, NaN out. */
  readonly slope?: number;
  readonly intercept?: number;
  /** `null` for a free first dimension. */
  readonly rows?: number;
}

/** The smallest real ONNX model with the shape of ours: a linear regressor and a sigmoid. */
export function tinyModel({
  features,
  input = 'features',
  output = 'score',
  slope = 1,
  intercept = 0,
  rows,
}: TinyModel) {
  const info = (name: string, width: number) => ({
    name,
    type: {
      tensorType: {
        elemType: onnx.TensorProto.DataType.FLOAT,
        shape: { dim: [rows === undefined ? { dimParam: 'rows' } : { dimValue: rows }, { dimValue: width }] },
      },
    },
  });
  const coefficients = [slope, ...new Array(features - 1).fill(0)];
  return onnx.ModelProto.encode({
    irVersion: 8,
    opsetImport: [
      { domain: '', version: 15 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    graph: {
      name: 'tiny',
      input: [info(input, features)],
      output: [info(output, 1)],
      node: [
        {
          opType: 'LinearRegressor',
          domain: 'ai.onnx.ml',
          input: [input],
          output: ['logit'],
          attribute: [
            { name: 'coefficients', type: AttributeType.FLOATS, floats: coefficients },
            { name: 'intercepts', type: AttributeType.FLOATS, floats: [intercept] },
          ],
        },
        { opType: 'Sigmoid', input: ['logit'], output: [output] },
      ],
    },
  }).finish();
}
