import type { LineageEdge, LineageKind, LineageNode } from '../graph.js';

/** A piece of the graph: the nodes of one thing, and the edges that lead to it. Pieces may repeat each other. */
export interface GraphPart {
  readonly nodes: readonly LineageNode[];
  readonly edges: readonly LineageEdge[];
}

export function node(
  kind: LineageKind,
  id: string,
  rest: Pick<LineageNode, 'title'> & Partial<Omit<LineageNode, 'id' | 'kind' | 'title'>>,
): LineageNode {
  return { id, kind, facts: {}, path: null, digests: [], doubt: null, ...rest };
}

export function edge(from: string, relation: string, to: string): LineageEdge {
  return { from, to, relation };
}

/** For people: `2001-04-12 10:15:00 UTC`. */
export function timeWords(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

export function dayWords(us: number): string {
  return new Date(us / 1000).toISOString().slice(0, 10);
}

export function countWords(count: number, what: string): string {
  return `${count.toLocaleString('en')} ${what}${count === 1 ? '' : 's'}`;
}
