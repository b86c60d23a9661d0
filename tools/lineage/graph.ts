/** What lineage knows of: from data and definitions to the answer. */
export type LineageKind =
  | 'data-file'
  | 'definition'
  | 'snapshot'
  | 'dataset'
  | 'code'
  | 'run'
  | 'pull-request'
  | 'version'
  | 'release'
  | 'manifest'
  | 'pod'
  | 'prediction'
  | 'predictions';

export interface LineageNode {
  /** `<kind>:<name>`, the same wherever the thing appears. */
  readonly id: string;
  readonly kind: LineageKind;
  /** For people, short enough for a diagram. */
  readonly title: string;
  /** What else is known of it, by name; digests and commits in full. */
  readonly facts: Readonly<Record<string, string | number>>;
  /** Where it lies in the repository, or in the world of its source; null for what is no file. */
  readonly path: string | null;
  /** Every digest that names it or its content. */
  readonly digests: readonly string[];
  /** Why this is not certain; null for what was checked against a digest, a signature or Git. */
  readonly doubt: string | null;
}

/** `from` went into `to`. */
export interface LineageEdge {
  readonly from: string;
  readonly to: string;
  /** What `from` did, in words: `trained`, `answered`. */
  readonly relation: string;
}

/** Directed, without cycles: causes point at effects. Nodes and edges are in a stable order and there once. */
export interface LineageGraph {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

/** `causes`: what some nodes came from. `effects`: what came of them. */
export type Direction = 'causes' | 'effects';

/** Where one step from a node leads, in the order of the edges. */
export function stepsFrom({ edges }: LineageGraph, id: string, direction: Direction): readonly string[] {
  return direction === 'causes'
    ? edges.filter(({ to }) => to === id).map(({ from }) => from)
    : edges.filter(({ from }) => from === id).map(({ to }) => to);
}

/** The part of a graph that is reached from some nodes in one direction, these included. */
export function reachedFrom(graph: LineageGraph, start: readonly string[], direction: Direction): LineageGraph {
  const reached = new Set<string>();
  const waiting = [...start];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    waiting.push(...stepsFrom(graph, id, direction));
  }
  return {
    nodes: graph.nodes.filter(({ id }) => reached.has(id)),
    edges: graph.edges.filter(({ from, to }) => reached.has(from) && reached.has(to)),
  };
}
