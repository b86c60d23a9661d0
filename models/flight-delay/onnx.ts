import onnxProto from 'onnx-proto';
import type { BoostedTrees } from './boost.js';
import type { LinearTerms } from './linear.js';
import type { TreeNode } from './tree.js';

const { onnx } = onnxProto;
const { AttributeType } = onnx.AttributeProto;
const FLOAT = onnx.TensorProto.DataType.FLOAT;

export interface OnnxNames {
  readonly input: string;
  readonly output: string;
  readonly features: number;
}

/**
 * The trees as an ONNX model: `features` float32 [rows, features] -> TreeEnsembleRegressor -> Sigmoid -> `score` [rows, 1]. Linear terms
 * are added before the sigmoid: Gather of their columns -> MatMul with their weights.
 * Operators: ai.onnx.ml 3 (https://github.com/onnx/onnx/blob/main/docs/Operators-ml.md), which every runtime since 2022 knows.
 */
export function toOnnx(model: BoostedTrees, names: OnnxNames): Uint8Array {
  const graph = onnx.GraphProto.create({
    name: 'gradient-boosted-trees',
    input: [tensorInfo(names.input, names.features)],
    output: [tensorInfo(names.output, 1)],
    node: [
      onnx.NodeProto.create({
        opType: 'TreeEnsembleRegressor',
        domain: 'ai.onnx.ml',
        input: [names.input],
        output: ['trees'],
        attribute: treeAttributes(model),
      }),
      ...(model.linear === null ? [] : linearNodes(names.input)),
      onnx.NodeProto.create({
        opType: 'Sigmoid',
        input: [model.linear === null ? 'trees' : 'logit'],
        output: [names.output],
      }),
    ],
    initializer: model.linear === null ? [] : linearTensors(model.linear),
  });
  return onnx.ModelProto.encode({
    irVersion: 8,
    producerName: 'signalbox flight-delay trainer',
    opsetImport: [
      { domain: '', version: 15 },
      { domain: 'ai.onnx.ml', version: 3 },
    ],
    graph,
  }).finish();
}

/** Only the columns of the terms are gathered: zero times a missing value of another column would be missing too. */
function linearNodes(input: string) {
  const columns = [{ name: 'axis', type: AttributeType.INT, i: 1 }];
  return [
    { opType: 'Gather', input: [input, 'linear_columns'], output: ['linear_inputs'], attribute: columns },
    { opType: 'MatMul', input: ['linear_inputs', 'linear_weights'], output: ['linear'] },
    { opType: 'Add', input: ['linear', 'trees'], output: ['logit'] },
  ].map((node) => onnx.NodeProto.create(node));
}

function linearTensors({ features, weights }: LinearTerms) {
  return [
    onnx.TensorProto.create({
      name: 'linear_columns',
      dataType: onnx.TensorProto.DataType.INT64,
      dims: [features.length],
      int64Data: [...features],
    }),
    onnx.TensorProto.create({
      name: 'linear_weights',
      dataType: FLOAT,
      dims: [weights.length, 1],
      floatData: [...weights],
    }),
  ];
}

/** The parallel lists that the operator wants: one entry a node, and one a leaf. */
interface TreeLists {
  readonly treeIds: number[];
  readonly nodeIds: number[];
  readonly features: number[];
  readonly thresholds: number[];
  readonly modes: string[];
  readonly trueIds: number[];
  readonly falseIds: number[];
  readonly missingTrue: number[];
  readonly leafTreeIds: number[];
  readonly leafNodeIds: number[];
  readonly leafValues: number[];
}

function treeAttributes(model: BoostedTrees) {
  const lists = listTrees(model.trees);
  return [
    integers('nodes_treeids', lists.treeIds),
    integers('nodes_nodeids', lists.nodeIds),
    integers('nodes_featureids', lists.features),
    floats('nodes_values', lists.thresholds),
    strings('nodes_modes', lists.modes),
    integers('nodes_truenodeids', lists.trueIds),
    integers('nodes_falsenodeids', lists.falseIds),
    integers('nodes_missing_value_tracks_true', lists.missingTrue),
    integers('target_treeids', lists.leafTreeIds),
    integers('target_nodeids', lists.leafNodeIds),
    integers(
      'target_ids',
      lists.leafTreeIds.map(() => 0),
    ),
    floats('target_weights', lists.leafValues),
    floats('base_values', [model.base]),
    onnx.AttributeProto.create({ name: 'n_targets', type: AttributeType.INT, i: 1 }),
  ];
}

function listTrees(trees: readonly TreeNode[]): TreeLists {
  const lists: TreeLists = {
    treeIds: [],
    nodeIds: [],
    features: [],
    thresholds: [],
    modes: [],
    trueIds: [],
    falseIds: [],
    missingTrue: [],
    leafTreeIds: [],
    leafNodeIds: [],
    leafValues: [],
  };
  for (const [treeId, tree] of trees.entries()) listTree(lists, treeId, tree);
  return lists;
}

/** Children get their number when their parent is written: breadth first. */
function listTree(lists: TreeLists, treeId: number, root: TreeNode): void {
  const queue: TreeNode[] = [root];
  for (let nodeId = 0; nodeId < queue.length; nodeId++) {
    const node = queue[nodeId]!;
    const split = node.kind === 'split' ? node : null;
    lists.treeIds.push(treeId);
    lists.nodeIds.push(nodeId);
    lists.features.push(split?.feature ?? 0);
    lists.thresholds.push(split?.threshold ?? 0);
    lists.modes.push(split ? 'BRANCH_LEQ' : 'LEAF');
    lists.trueIds.push(split ? queue.length : 0);
    lists.falseIds.push(split ? queue.length + 1 : 0);
    lists.missingTrue.push(split?.missingLeft ? 1 : 0);
    if (node.kind === 'split') queue.push(node.left, node.right);
    else {
      lists.leafTreeIds.push(treeId);
      lists.leafNodeIds.push(nodeId);
      lists.leafValues.push(node.value);
    }
  }
}

function tensorInfo(name: string, width: number) {
  return onnx.ValueInfoProto.create({
    name,
    type: { tensorType: { elemType: FLOAT, shape: { dim: [{ dimParam: 'rows' }, { dimValue: width }] } } },
  });
}

function integers(name: string, ints: number[]) {
  return onnx.AttributeProto.create({ name, type: AttributeType.INTS, ints });
}

function floats(name: string, values: number[]) {
  return onnx.AttributeProto.create({ name, type: AttributeType.FLOATS, floats: values });
}

function strings(name: string, values: string[]) {
  return onnx.AttributeProto.create({
    name,
    type: AttributeType.STRINGS,
    strings: values.map((value) => new TextEncoder().encode(value)),
  });
}
