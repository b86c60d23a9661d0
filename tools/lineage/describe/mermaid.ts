import type { LineageGraph, LineageKind, LineageNode } from '../graph.js';
import { factWords } from './tree.js';

/** A shape for each family: data are cylinders, documents are boxes with a corner, what people did is rounded. */
const SHAPES: Readonly<Record<LineageKind, readonly [string, string]>> = {
  'data-file': ['[(', ')]'],
  snapshot: ['[(', ')]'],
  dataset: ['[(', ')]'],
  definition: ['>', ']'],
  code: ['>', ']'],
  run: ['[', ']'],
  version: ['[[', ']]'],
  'pull-request': ['(', ')'],
  release: ['(', ')'],
  manifest: ['[', ']'],
  pod: ['[', ']'],
  prediction: ['([', '])'],
  predictions: ['([', '])'],
};

/** A Mermaid flow chart, causes at the top, as GitHub and most wikis draw it. */
export function mermaidOf({ edges, nodes }: LineageGraph): string {
  const names = new Map(nodes.map(({ id }, at) => [id, `n${at}`]));
  const boxes = nodes.map((node) => `  ${names.get(node.id)}${boxOf(node)}`);
  const arrows = edges.map(({ from, relation, to }) => `  ${names.get(from)} -->|${relation}| ${names.get(to)}`);
  return ['flowchart TB', ...boxes, ...arrows].join('\n');
}

function boxOf({ kind, title }: LineageNode): string {
  const [open, close] = SHAPES[kind];
  return `${open}"${escaped(factWords(title))}"${close}`;
}

/** Mermaid reads `#…;` as an entity, and takes quotes, angle brackets and line breaks for its own. */
function escaped(text: string): string {
  return text.replace(/[#"<>&;\p{Cc}]/gu, (sign) => `#${sign.charCodeAt(0)};`);
}
