import { addCells, type EvidenceCell } from '@signalbox/contracts';

/**
 * Cells that can be added: all cells of one package count in the same bins. What counts in others than the first ones is refused, because added up it would be
 * a distribution that nobody saw.
 */
export class CellsOfOneShape {
  /** By package, route and window. */
  readonly #cells = new Map<string, EvidenceCell>();
  /** By package and distribution: how many bins it has. */
  readonly #bins = new Map<string, number>();

  /** All of them or none: false when one has another shape. */
  add(cells: readonly EvidenceCell[]): boolean {
    const shapes = cells.flatMap(shapeOf);
    if (shapes.some(([name, bins]) => (this.#bins.get(name) ?? bins) !== bins)) return false;
    for (const [name, bins] of shapes) this.#bins.set(name, bins);
    for (const cell of cells) {
      const key = `${cell.package} ${cell.route} ${cell.windowUs}`;
      const known = this.#cells.get(key);
      this.#cells.set(key, known === undefined ? cell : addCells(known, cell));
    }
    return true;
  }

  merged(): readonly EvidenceCell[] {
    return [...this.#cells.values()].sort((a, b) => a.windowUs - b.windowUs);
  }
}

/** The number of bins of each distribution, and of features, as far as something was counted. */
function shapeOf({ features, package: digest, score }: EvidenceCell): readonly (readonly [string, number])[] {
  const counted: [string, number][] = [];
  if (score.length > 0) counted.push([`${digest} score`, score.length]);
  if (features.length === 0) return counted;
  return [
    ...counted,
    [`${digest} features`, features.length],
    ...features.map((bins, at) => [`${digest} ${at}`, bins.length] as const),
  ];
}
