import { releasePath } from '../release/index.js';
import type { LineageFacts, ReleaseFacts } from './facts/facts.js';
import type { LineageEdge, LineageGraph, LineageNode } from './graph.js';
import { answersPart, predictionPart } from './nodes/answer-nodes.js';
import { datasetPart, snapshotPart } from './nodes/data-nodes.js';
import { definitionEdges } from './nodes/definition-edges.js';
import { predictionNodeId, releaseNodeId } from './nodes/node-ids.js';
import { edge, type GraphPart } from './nodes/part.js';
import { manifestPart, releasePart, versionPart } from './nodes/release-nodes.js';
import { runPart } from './nodes/run-nodes.js';

/** The graph of some facts, whatever was asked: a walk to the causes of an answer and one to the effects of a file are walks over it. Pure. */
export function buildGraph(facts: LineageFacts): LineageGraph {
  const { answered, environment } = facts;
  const parts: GraphPart[] = [
    ...(facts.prediction === null ? [] : [predictionPart(facts.prediction)]),
    ...facts.manifests.map((one) => manifestPart(one, releasePath(environment, one.manifest.model))),
    ...facts.releases.map(releasePart),
    ...facts.releases.flatMap((release) => askedBefore(release, facts)),
    ...facts.versions.map(versionPart),
    ...facts.versions.map((version) => answersPart(version, answered)),
    ...facts.runs.map(runPart),
    ...facts.datasets.map(datasetPart),
    ...facts.snapshots.map(snapshotPart),
    { nodes: [], edges: definitionEdges(facts) },
  ];
  return joined(parts);
}

/** A champion answers on while its successor is on its way: under a manifest of another release than its own, and the answer rests on both. */
function askedBefore(
  { change, path, version }: ReleaseFacts,
  { manifests, prediction }: LineageFacts,
): readonly GraphPart[] {
  if (prediction?.version !== version) return [];
  if (manifests.some(({ release }) => release === change.commit)) return [];
  const to = predictionNodeId(prediction.id);
  return [{ nodes: [], edges: [edge(releaseNodeId(path, change.commit), 'had asked for', to)] }];
}

/** Each node and edge once, in the order of their first mention; edges to what no fact speaks of are left out. */
function joined(parts: readonly GraphPart[]): LineageGraph {
  const nodes = new Map<string, LineageNode>();
  for (const one of parts.flatMap((part) => part.nodes)) if (!nodes.has(one.id)) nodes.set(one.id, one);
  const edges = new Map<string, LineageEdge>();
  for (const one of parts.flatMap((part) => part.edges)) {
    if (nodes.has(one.from) && nodes.has(one.to)) edges.set(`${one.from} ${one.to}`, one);
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}
