import onnxProto, { type onnx as Onnx } from 'onnx-proto';

const { onnx } = onnxProto;

/** Small ONNX files for tests, with the shape that every model of ours has: one float32 matrix in, one score column out. */
export interface LinearModel {
  readonly weights: readonly number[];
  readonly bias: number;
  readonly input?: string;
  readonly output?: string;
}

const FLOAT = onnx.TensorProto.DataType.FLOAT;

/** sigmoid(x·w + b), NULL (NaN) features counted as 0. */
export function linearOnnx({ weights, bias, input = 'features', output = 'score' }: LinearModel): Uint8Array {
  return modelBytes({
    input,
    output,
    features: weights.length,
    initializers: [
      tensor('zero', [], [0]),
      tensor('weights', [weights.length, 1], weights),
      tensor('bias', [1], [bias]),
    ],
    nodes: [
      node('IsNaN', [input], ['missing']),
      node('Where', ['missing', 'zero', input], ['filled']),
      node('MatMul', ['filled', 'weights'], ['product']),
      node('Add', ['product', 'bias'], ['sum']),
      node('Sigmoid', ['sum'], [output]),
    ],
  });
}

/** A model whose every score is 0.5, after `products` products with a square matrix: about a millisecond each, whatever the rows. */
export function slowOnnx(features: number, products: number): Uint8Array {
  const width = 1024;
  const nodes: Onnx.INodeProto[] = [
    { ...node('ReduceMean', ['features'], ['mean']), attribute: [AXIS_0] },
    node('MatMul', ['mean', 'widen'], ['h0']),
  ];
  for (let index = 0; index < products; index += 1)
    nodes.push(node('MatMul', [`h${index}`, 'square'], [`h${index + 1}`]));
  nodes.push(
    node('MatMul', [`h${products}`, 'narrow'], ['constant']),
    node('MatMul', ['features', 'column'], ['rows']),
    node('Add', ['rows', 'constant'], ['sum']),
    node('Sigmoid', ['sum'], ['score']),
  );
  const zeros = (...dims: number[]): number[] => new Array(dims.reduce((a, b) => a * b)).fill(0);
  return modelBytes({
    input: 'features',
    output: 'score',
    features,
    initializers: [
      tensor('widen', [features, width], zeros(features, width)),
      tensor('square', [width, width], zeros(width, width)),
      tensor('narrow', [width, 1], zeros(width, 1)),
      tensor('column', [features, 1], zeros(features, 1)),
    ],
    nodes,
  });
}

const AXIS_0: Onnx.IAttributeProto = { name: 'axes', type: onnx.AttributeProto.AttributeType.INTS, ints: [0] };

/** A model whose every score is NaN. */
export function nanOnnx(features: number): Uint8Array {
  return modelBytes({
    input: 'features',
    output: 'score',
    features,
    initializers: [tensor('zeros', [features, 1], new Array(features).fill(0)), tensor('nan', [1], [Number.NaN])],
    nodes: [node('MatMul', ['features', 'zeros'], ['product']), node('Add', ['product', 'nan'], ['score'])],
  });
}

/** A model whose score is 0.5 where all features are 0, and NaN where the first one is above: its golden inputs hold, and nothing else does. */
export function brittleOnnx(features: number): Uint8Array {
  return modelBytes({
    input: 'features',
    output: 'score',
    features,
    initializers: [
      tensor('zero', [], [0]),
      tensor('less', [features, 1], [-1, ...new Array<number>(features - 1).fill(0)]),
    ],
    nodes: [
      node('IsNaN', ['features'], ['missing']),
      node('Where', ['missing', 'zero', 'features'], ['filled']),
      node('MatMul', ['filled', 'less'], ['below']),
      node('Sqrt', ['below'], ['root']),
      node('Sigmoid', ['root'], ['score']),
    ],
  });
}

interface Graph {
  readonly input: string;
  readonly output: string;
  readonly features: number;
  readonly initializers: Onnx.ITensorProto[];
  readonly nodes: Onnx.INodeProto[];
}

function modelBytes({ input, output, features, initializers, nodes }: Graph): Uint8Array {
  const model = onnx.ModelProto.create({
    irVersion: 7,
    opsetImport: [{ domain: '', version: 13 }],
    producerName: 'signalbox-tests',
    graph: {
      name: 'test',
      node: nodes,
      initializer: initializers,
      input: [value(input, features)],
      output: [value(output, 1)],
    },
  });
  return onnx.ModelProto.encode(model).finish();
}

function node(opType: string, input: string[], output: string[]): Onnx.INodeProto {
  return { opType, input, output, name: output[0] ?? opType };
}

function tensor(name: string, dims: readonly number[], values: readonly number[]): Onnx.ITensorProto {
  return { name, dataType: FLOAT, dims: [...dims], floatData: [...values] };
}

function value(name: string, columns: number): Onnx.IValueInfoProto {
  return {
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: [{ dimParam: 'rows' }, { dimValue: columns }] } } },
  };
}
