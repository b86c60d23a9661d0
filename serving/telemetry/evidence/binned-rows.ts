import type { CompiledBins } from './compile-bins.js';

/** Rows that wait to be counted together, at most; fewer where rows are long. */
const BATCH_ROWS = 64;
const BATCH_VALUES = 8_192;

/**
 * Counts of rows in frozen bins. On the path of a request a row is only copied; a batch of them is counted at once, when bounds and counts are in the
 * processor's cache and its guesses are warm. That costs half of counting each row when it comes.
 */
export class BinnedRows {
  readonly #bins: CompiledBins;
  readonly #counts: Uint32Array;
  readonly #waiting: Float32Array;
  #used = 0;
  #any = false;

  constructor(bins: CompiledBins) {
    const width = bins.distributions;
    const rows = Math.max(1, Math.min(BATCH_ROWS, Math.floor(BATCH_VALUES / Math.max(1, width))));
    this.#bins = bins;
    this.#counts = new Uint32Array(bins.size);
    this.#waiting = new Float32Array(rows * width);
  }

  /** One value a distribution. */
  add(values: Float32Array): void {
    if (this.#used === this.#waiting.length) this.#count();
    const waiting = this.#waiting;
    const used = this.#used;
    for (let at = 0; at < values.length; at += 1) waiting[used + at] = values[at]!;
    this.#used = used + values.length;
  }

  /** The same, where there is one distribution. */
  addValue(value: number): void {
    if (this.#used === this.#waiting.length) this.#count();
    this.#waiting[this.#used] = value;
    this.#used += 1;
  }

  /** The counts of each distribution so far; null when there was no row. */
  counts(): number[][] | null {
    this.#count();
    return this.#any ? this.#bins.split(this.#counts) : null;
  }

  #count(): void {
    if (this.#used === 0) return;
    this.#any = true;
    this.#bins.count(this.#waiting, this.#used / this.#bins.distributions, this.#counts);
    this.#used = 0;
  }
}
