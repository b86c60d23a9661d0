import type { DiagramGraph } from './boxes.js';

/** A place in a layer: a box, or a bend of a line that passes through. */
export interface Slot {
  readonly id: string;
  readonly isBox: boolean;
}

export interface Layered {
  /** From the last effects (the answer) to the first causes (the data), each from left to right. */
  readonly layers: readonly (readonly Slot[])[];
  /** Each edge as the slots that it goes through, from cause to effect. */
  readonly lines: readonly (readonly string[])[];
}

const SWEEPS = 6;

/**
 * The method of Sugiyama, Tagawa and Toda (1981): a box lies one layer below the lowest of its effects, lines that pass a layer get a slot of their own
 * there, and slots move towards the mean place of their neighbours, so that few lines cross.
 */
export function layered(graph: DiagramGraph): Layered {
  const depth = depthsOf(graph);
  const layers: Slot[][] = Array.from({ length: Math.max(0, ...depth.values()) + 1 }, () => []);
  for (const { id } of graph.boxes) layers[depth.get(id)!]!.push({ id, isBox: true });
  const lines = graph.edges.map(({ from, to }) => {
    const bends: string[] = [];
    for (let layer = depth.get(from)! - 1; layer > depth.get(to)!; layer--) {
      const bend = `${from} ${to} ${layer}`;
      layers[layer]!.push({ id: bend, isBox: false });
      bends.push(bend);
    }
    return [from, ...bends, to];
  });
  return { layers: untangled(layers, lines), lines };
}

function depthsOf({ boxes, edges }: DiagramGraph): ReadonlyMap<string, number> {
  const depth = new Map<string, number>();
  const of = (id: string): number => {
    const known = depth.get(id);
    if (known !== undefined) return known;
    const effects = edges.filter(({ from }) => from === id).map(({ to }) => of(to) + 1);
    const found = Math.max(0, ...effects);
    depth.set(id, found);
    return found;
  };
  for (const { id } of boxes) of(id);
  return depth;
}

function untangled(layers: readonly (readonly Slot[])[], lines: Layered['lines']): Layered['layers'] {
  const neighbours = new Map<string, string[]>();
  for (const line of lines) {
    for (const [at, one] of line.entries()) {
      for (const other of [line[at - 1], line[at + 1]]) {
        if (other !== undefined) neighbours.set(one, [...(neighbours.get(one) ?? []), other]);
      }
    }
  }
  let [best, fewest] = [layers, crossings(layers, lines)];
  let present = layers;
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    present = swept(present, neighbours, sweep % 2 === 0);
    const crossed = crossings(present, lines);
    if (crossed < fewest) [best, fewest] = [present, crossed];
  }
  return best;
}

/** Each layer by the places of the one that was sorted before it. */
function swept(
  layers: Layered['layers'],
  neighbours: ReadonlyMap<string, readonly string[]>,
  downwards: boolean,
): Layered['layers'] {
  const next = [...layers];
  for (const at of downwards ? layers.keys() : [...layers.keys()].reverse()) {
    const fixed = next[downwards ? at - 1 : at + 1] ?? [];
    const place = new Map(fixed.map(({ id }, index) => [id, (index + 0.5) / fixed.length]));
    next[at] = sortedByMean(next[at]!, neighbours, place);
  }
  return next;
}

/** How many pairs of lines cross between neighbouring layers. */
function crossings(layers: Layered['layers'], lines: Layered['lines']): number {
  const place = new Map(layers.flatMap((layer, depth) => layer.map(({ id }, at) => [id, { depth, at }] as const)));
  const steps = lines.flatMap((line) =>
    line.slice(1).map((to, at) => ({ from: place.get(line[at]!)!, to: place.get(to)! })),
  );
  let crossed = 0;
  for (const [at, one] of steps.entries()) {
    for (const other of steps.slice(at + 1)) {
      const sameGap = one.to.depth === other.to.depth;
      if (sameGap && (one.from.at - other.from.at) * (one.to.at - other.to.at) < 0) crossed += 1;
    }
  }
  return crossed;
}

function sortedByMean(
  layer: readonly Slot[],
  neighbours: ReadonlyMap<string, readonly string[]>,
  place: ReadonlyMap<string, number>,
): Slot[] {
  const wanted = layer.map((slot, index) => {
    const places = (neighbours.get(slot.id) ?? []).flatMap((id) => place.get(id) ?? []);
    const mean = places.reduce((sum, one) => sum + one, 0) / places.length;
    return { slot, wanted: places.length === 0 ? (index + 0.5) / layer.length : mean };
  });
  return wanted.sort((a, b) => a.wanted - b.wanted).map(({ slot }) => slot);
}
