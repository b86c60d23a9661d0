import { mergeRow, type ViewLayout } from './view-layout.js';

/** Rows that a new table has room for. */
const FIRST_ROWS = 8;

/** Rows of (start, slots) in order of start, in one growing array: what is encoded is copied in one piece. */
export class TileTable {
  #words: Float64Array;
  #count: number;
  readonly #rowWords: number;
  readonly #ops: Uint8Array;

  /** Starts with a copy of `rows`. */
  constructor(layout: Pick<ViewLayout, 'rowWords' | 'ops'>, rows?: Float64Array) {
    this.#rowWords = layout.rowWords;
    this.#ops = layout.ops;
    this.#count = rows ? rows.length / layout.rowWords : 0;
    this.#words = new Float64Array((this.#count + FIRST_ROWS) * layout.rowWords);
    if (rows) this.#words.set(rows);
  }

  get count(): number {
    return this.#count;
  }

  get usedWords(): number {
    return this.#count * this.#rowWords;
  }

  /** The words of all rows; valid until the next change. */
  get rows(): Float64Array {
    return this.#words.subarray(0, this.usedWords);
  }

  startAt(row: number): number {
    return this.#words[row * this.#rowWords]!;
  }

  slotsAt(row: number): Float64Array {
    return this.#words.subarray(row * this.#rowWords + 1, (row + 1) * this.#rowWords);
  }

  /** Merges slots into the row with this start, which is made where it is missing. */
  merge(start: number, slots: Float64Array): void {
    const row = this.#rowAfter(start) - 1;
    if (row < 0 || this.startAt(row) !== start) this.insert(start, slots);
    else mergeRow(this.#ops, { words: this.#words, at: row * this.#rowWords + 1 }, { words: slots, at: 0 });
  }

  /** A row of its own, after those with the same start. */
  insert(start: number, slots: Float64Array): void {
    const row = this.#rowAfter(start);
    if ((this.#count + 1) * this.#rowWords > this.#words.length) this.#grow();
    const at = row * this.#rowWords;
    this.#words.copyWithin(at + this.#rowWords, at, this.usedWords);
    this.#words[at] = start;
    this.#words.set(slots, at + 1);
    this.#count++;
  }

  dropFirst(rows: number): void {
    if (rows === 0) return;
    this.#words.copyWithin(0, rows * this.#rowWords, this.usedWords);
    this.#count -= rows;
  }

  dropBefore(start: number): void {
    let rows = 0;
    while (rows < this.#count && this.startAt(rows) < start) rows++;
    this.dropFirst(rows);
  }

  /** The first row that starts after `start`. From the end, because new events are near it. */
  #rowAfter(start: number): number {
    let row = this.#count;
    while (row > 0 && this.startAt(row - 1) > start) row--;
    return row;
  }

  #grow(): void {
    const larger = new Float64Array(this.#words.length * 2);
    larger.set(this.#words);
    this.#words = larger;
  }
}
