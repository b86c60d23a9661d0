export { isPredictionId } from './answer-id.js';
export { buildGraph } from './build-graph.js';
export { describeFile, describePrediction } from './describe/describe-trace.js';
export { mermaidOf } from './describe/mermaid.js';
export type { LineageFacts } from './facts/facts.js';
export {
  type LineageEdge,
  type LineageGraph,
  type LineageKind,
  type LineageNode,
  reachedFrom,
  stepsFrom,
} from './graph.js';
export { type FileTrace, traceFile } from './trace-file.js';
export { type PredictionTrace, tracePrediction } from './trace-prediction.js';
