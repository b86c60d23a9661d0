import type { ReportGraph, ReportGraphNode } from '../report-data.js';
import { shortNames } from '../words.js';

/** What is drawn as one box: a node, or several of one kind that went into the same things. */
export interface DiagramBox {
  readonly id: string;
  readonly kind: string;
  readonly lines: readonly string[];
  /** Everything in full, for who points at it. */
  readonly hint: string;
  readonly certain: boolean;
}

export interface DiagramGraph {
  readonly boxes: readonly DiagramBox[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
}

/** From this many on, alike nodes share a box. */
const GROUP_FROM = 3;
/** A box with more lines names how many are left. */
const MAX_LINES = 9;

const MIN_TITLE = 4;
/** About as many letters as a box is wide. */
export const MAX_LETTERS = 28;

/** What a box says below its title, by kind. */
const SHOWN: Readonly<Record<string, readonly string[]>> = {
  'data-file': [],
  snapshot: ['rows', 'months'],
  dataset: ['rows'],
  code: ['commit'],
  run: ['commit'],
  'pull-request': ['by', 'approved by'],
  version: ['package'],
  release: ['commit', 'by'],
  manifest: ['phase', 'champion', 'candidate'],
  prediction: ['answered', 'score', 'outcome'],
};

/** Alike nodes in one box each, and edges only where no longer way says the same. */
export function diagramOf(graph: ReportGraph): DiagramGraph {
  const boxOf = new Map<string, string>();
  const boxes: DiagramBox[] = [];
  for (const group of groupsOf(graph)) {
    const box = group.length < GROUP_FROM ? null : groupBox(group);
    for (const node of group) boxOf.set(node.id, box?.id ?? node.id);
    boxes.push(...(box === null ? group.map(singleBox) : [box]));
  }
  const edges = new Map(
    graph.edges.map(({ from, to }) => {
      const edge = { from: boxOf.get(from)!, to: boxOf.get(to)! };
      return [`${edge.from} ${edge.to}`, edge];
    }),
  );
  return { boxes, edges: withoutShortcuts([...edges.values()]) };
}

function groupsOf({ edges, nodes }: ReportGraph): readonly (readonly ReportGraphNode[])[] {
  const groups = new Map<string, ReportGraphNode[]>();
  for (const node of nodes) {
    const effects = edges.filter(({ from }) => from === node.id).map(({ to }) => to);
    const key = JSON.stringify([node.kind, ...effects.sort()]);
    groups.set(key, [...(groups.get(key) ?? []), node]);
  }
  return [...groups.values()];
}

function singleBox(node: ReportGraphNode): DiagramBox {
  const shown = (SHOWN[node.kind] ?? []).flatMap((name) => {
    const value = node.facts[name];
    return value === undefined ? [] : [factLine(name, value)];
  });
  return {
    id: node.id,
    kind: kindWords(node.kind),
    lines: [titleOf(node), ...shown],
    hint: hintOf(node),
    certain: node.doubt === null,
  };
}

function groupBox(group: readonly ReportGraphNode[]): DiagramBox {
  const [first] = group;
  const titles = group.map(titleOf);
  const left = titles.length - MAX_LINES;
  return {
    id: `group ${first!.id}`,
    kind: `${group.length} ${kindWords(first!.kind)}s`,
    lines: left > 0 ? [...titles.slice(0, MAX_LINES - 1), `and ${left + 1} more`] : titles,
    hint: group.map(hintOf).join('\n'),
    certain: group.every(({ doubt }) => doubt === null),
  };
}

const kindWords = (kind: string): string => kind.replaceAll('-', ' ');

/** A path by its last two parts, and not the kind again, which stands above it, unless little else is left. */
function titleOf({ kind, title }: ReportGraphNode): string {
  const short = /^[^ ]+\/[^ ]+$/.test(title) ? title.split('/').slice(-2).join('/') : title;
  const again = `${kindWords(kind)} `;
  const rest = short.toLowerCase().startsWith(again) ? short.slice(again.length) : short;
  return rest.length < MIN_TITLE ? short : rest;
}

function hintOf({ doubt, facts, title }: ReportGraphNode): string {
  const said = Object.entries(facts).map(([name, value]) => `${name}: ${value}`);
  return [title, ...said, ...(doubt === null ? [] : [`Not certain: ${doubt}`])].join('\n');
}

/** The name goes first where a long value does not need all of the room. */
function factLine(name: string, value: string | number): string {
  const text = typeof value === 'number' ? value.toLocaleString('en') : shortNames(value);
  return name.length + 1 + text.length > MAX_LETTERS ? text : `${name} ${text}`;
}

/** The transitive reduction: an edge goes where another way leads to the same place. */
function withoutShortcuts(edges: DiagramGraph['edges']): DiagramGraph['edges'] {
  const next = new Map<string, string[]>();
  for (const { from, to } of edges) next.set(from, [...(next.get(from) ?? []), to]);
  const leads = (from: string, to: string): boolean =>
    (next.get(from) ?? []).some((step) => step === to || leads(step, to));
  return edges.filter(({ from, to }) => !(next.get(from) ?? []).some((step) => step !== to && leads(step, to)));
}
