import type { EvidenceCell, PairedDifference } from './segment.js';

/** What a cell is about: two cells of one key are counts of the same thing. */
export function cellKey({ model, package: digest, route, segment, serial, windowUs }: EvidenceCell): string {
  return `${model} ${digest} ${route} ${segment ?? ''} ${serial} ${windowUs}`;
}

/** One cell for each key, in the order in which keys first appear. `keyOf` may leave something out, such as the window, to add over it. */
export function mergeCells(
  cells: Iterable<EvidenceCell>,
  keyOf: (cell: EvidenceCell) => string = cellKey,
): readonly EvidenceCell[] {
  const merged = new Map<string, EvidenceCell>();
  for (const cell of cells) {
    const key = keyOf(cell);
    const known = merged.get(key);
    merged.set(key, known === undefined ? cell : addCells(known, cell));
  }
  return [...merged.values()];
}

/** The sum of two cells; what it is about is the first one's. */
export function addCells(a: EvidenceCell, b: EvidenceCell): EvidenceCell {
  return {
    ...a,
    asked: a.asked + b.asked,
    units: addCounts(a.units, b.units),
    failed: addNamed(a.failed, b.failed),
    degraded: a.degraded + b.degraded,
    latency: addSparse(a.latency, b.latency),
    score: addCounts(a.score, b.score),
    features: a.features.length === 0 ? b.features : a.features.map((one, at) => addCounts(one, b.features[at] ?? [])),
    paired: addPaired(a.paired, b.paired),
  };
}

/** How often the version failed, whatever the kind. */
export function failuresOf({ failed }: Pick<EvidenceCell, 'failed'>): number {
  return Object.values(failed).reduce((sum, count) => sum + count, 0);
}

function addCounts(a: readonly number[], b: readonly number[]): readonly number[] {
  if (a.length === 0) return b;
  return a.map((count, at) => count + (b[at] ?? 0));
}

function addNamed(
  a: Readonly<Record<string, number>>,
  b: Readonly<Record<string, number>>,
): Readonly<Record<string, number>> {
  const sum: Record<string, number> = { ...a };
  // Names come from pods: `constructor` must not find what every object has.
  for (const [name, count] of Object.entries(b)) sum[name] = (Object.hasOwn(sum, name) ? sum[name]! : 0) + count;
  return sum;
}

function addSparse(a: EvidenceCell['latency'], b: EvidenceCell['latency']): EvidenceCell['latency'] {
  const sum = new Map(a);
  for (const [bin, count] of b) sum.set(bin, (sum.get(bin) ?? 0) + count);
  return [...sum].sort(([left], [right]) => left - right);
}

function addPaired(a: PairedDifference | null, b: PairedDifference | null): PairedDifference | null {
  if (a === null || b === null) return a ?? b;
  return { rows: a.rows + b.rows, sum: a.sum + b.sum, sumSquares: a.sumSquares + b.sumSquares };
}
