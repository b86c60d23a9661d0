import { addCells, cellKey, type EvidenceCell, type EvidenceSegment } from '@signalbox/contracts';

/** What there is of one model under one manifest: counts, and why they are not the whole of it, if so. */
export interface ModelEvidence {
  /** Added up over all windows: one cell for each package, route and segment of the traffic. */
  readonly cells: readonly EvidenceCell[];
  /** As a sentence's end; null: whole. */
  readonly problem: string | null;
}

/**
 * The segments of one process of a pod, as far as they were read, newest first and without those that only speak of older manifests. Segments are added
 * up when they come, so memory does not grow with them.
 */
export class SegmentRun {
  /** By all that a cell is about but its window. */
  readonly #cells = new Map<string, EvidenceCell>();
  /** By number: the newest serial of each model that the segment speaks of. */
  readonly #serials = new Map<number, ReadonlyMap<string, number>>();
  readonly #faults = new Map<number, string>();
  /** Numbers below were not read: what they say is of older manifests. */
  #from = 1;
  newestWallMs = 0;

  add({ cells, sequence, toWallMs }: EvidenceSegment): void {
    if (this.#serials.has(sequence)) return;
    const serials = new Map<string, number>();
    for (const cell of cells) {
      const key = cellKey({ ...cell, windowUs: 0 });
      const known = this.#cells.get(key);
      this.#cells.set(key, known === undefined ? cell : addCells(known, cell));
      serials.set(cell.model, Math.max(serials.get(cell.model) ?? 0, cell.serial));
    }
    this.#serials.set(sequence, serials);
    this.#faults.delete(sequence);
    this.newestWallMs = Math.max(this.newestWallMs, toWallMs);
  }

  /** What is wrong with a segment that cannot be counted. */
  refuse(sequence: number, fault: string): void {
    if (!this.#serials.has(sequence)) this.#faults.set(sequence, fault);
  }

  /** How many numbers up to `last` are still to be read. A count, because a pod may say any number. */
  unread(last: number): number {
    let read = 0;
    for (const sequence of this.#serials.keys()) if (sequence >= this.#from && sequence <= last) read += 1;
    return Math.max(0, last - this.#from + 1 - read);
  }

  /** Which numbers up to `last` are worth a read: of those that could not be counted before only the newest `retries`, lest what stays broken cost every pass. */
  wanted(last: number, retries: number): (sequence: number) => boolean {
    const broken = [...this.#faults.keys()].sort((a, b) => b - a);
    const left = new Set(broken.slice(retries));
    return (sequence) =>
      sequence >= this.#from && sequence <= last && !this.#serials.has(sequence) && !left.has(sequence);
  }

  /** Everything from here on was looked for, and what lies before is of older manifests. */
  startAt(sequence: number): void {
    this.#from = Math.max(this.#from, sequence);
  }

  /** Whether segments from `sequence` on reach back to before these manifests: each model was seen under an older one. */
  reachesBefore(serials: ReadonlyMap<string, number>, sequence: number): boolean {
    return [...serials].every(([model, serial]) => this.#lastBefore(model, serial) >= sequence);
  }

  /** Of one model under one manifest, from a pod that says that `last` is its newest segment. */
  evidenceOf(model: string, serial: number, last: number): ModelEvidence {
    const cells = [...this.#cells.values()].filter((cell) => cell.model === model && cell.serial === serial);
    // What is missing before the last word about an older manifest cannot be about this one.
    const since = this.#lastBefore(model, serial);
    const missing = this.#firstMissing(since, last);
    const problem =
      missing === null ? null : `segment ${missing} of its evidence ${this.#faults.get(missing) ?? 'is missing'}`;
    return { cells, problem };
  }

  #firstMissing(since: number, last: number): number | null {
    for (let one = Math.max(since + 1, this.#from); one <= last; one++) if (!this.#serials.has(one)) return one;
    return null;
  }

  /** The newest segment that speaks of the model and comes before all that speak of `serial` or a newer one; 0 for none. */
  #lastBefore(model: string, serial: number): number {
    let [first, last] = [Number.POSITIVE_INFINITY, 0];
    for (const [sequence, serials] of this.#serials) {
      if ((serials.get(model) ?? 0) >= serial) first = Math.min(first, sequence);
    }
    for (const [sequence, serials] of this.#serials) {
      if (sequence < first && serials.has(model)) last = Math.max(last, sequence);
    }
    return last;
  }
}
