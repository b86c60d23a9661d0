import { type Direction, type LineageGraph, type LineageNode, stepsFrom } from '../graph.js';

/** What each node says of itself for people: the long names in it short. */
export function nodeLine({ facts, title }: LineageNode): string {
  const said = Object.entries(facts).map(([name, value]) => `${name} ${factWords(value)}`);
  return said.length === 0 ? title : `${title}  (${said.join(', ')})`;
}

/** Digests and commits by their first digits, numbers with their thousands. */
export function factWords(value: string | number): string {
  if (typeof value === 'number') return value.toLocaleString('en');
  return value
    .replace(/sha256:[0-9a-f]{64}/g, (digest) => digest.slice(7, 19))
    .replace(/\b[0-9a-f]{40}\b/g, (commit) => commit.slice(0, 12));
}

/** A graph as a tree from one of its nodes: what was shown before is only named again. */
export function treeLines(graph: LineageGraph, start: string, direction: Direction): readonly string[] {
  const nodes = new Map(graph.nodes.map((node) => [node.id, node]));
  const shown = new Set<string>();
  const lines: string[] = [];
  const visit = (id: string, { lead, indent }: { readonly lead: string; readonly indent: string }): void => {
    const node = nodes.get(id)!;
    const next = stepsFrom(graph, id, direction);
    if (shown.has(id)) {
      lines.push(`${lead}${node.title}  (see above)`);
      return;
    }
    shown.add(id);
    lines.push(`${lead}${nodeLine(node)}`);
    next.forEach((one, at) => {
      const last = at === next.length - 1;
      visit(one, { lead: `${indent}${last ? '└─ ' : '├─ '}`, indent: `${indent}${last ? '   ' : '│  '}` });
    });
  };
  visit(start, { lead: '', indent: '' });
  return lines;
}
