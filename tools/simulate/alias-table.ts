/**
 * Draws one of many things by their weights in constant time, however many there are. Source: Walker, ACM Trans. Math. Softw. 3 (1977), in Vose's form: each cell holds the
 * part of one thing, and the rest of it belongs to another.
 */
export class AliasTable {
  readonly #part: Float64Array;
  readonly #other: Int32Array;

  /** Weights are not negative, and one of them is positive. */
  constructor(weights: readonly number[]) {
    const mean = weights.reduce((sum, each) => sum + each, 0) / weights.length;
    const parts = weights.map((each) => each / mean);
    this.#part = new Float64Array(weights.length).fill(1);
    this.#other = Int32Array.from(weights, (_, at) => at);
    const short = parts.flatMap((part, at) => (part < 1 ? [at] : []));
    const long = parts.flatMap((part, at) => (part < 1 ? [] : [at]));
    while (short.length > 0 && long.length > 0) {
      const [filled, from] = [short.pop()!, long.at(-1)!];
      this.#part[filled] = parts[filled]!;
      this.#other[filled] = from;
      parts[from]! -= 1 - parts[filled]!;
      if (parts[from]! < 1) short.push(long.pop()!);
    }
  }

  /** `uniform` is drawn evenly from 0 to 1. */
  draw(uniform: number): number {
    const scaled = uniform * this.#part.length;
    const at = Math.floor(scaled);
    return scaled - at < this.#part[at]! ? at : this.#other[at]!;
  }
}
