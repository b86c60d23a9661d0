import { binCount, type FrozenBins } from '@signalbox/contracts';

/**
 * The bins of several distributions, laid out for counting: one list of counts holds them all, and a value is placed without a property being looked
 * up or an object being made. `binOf` is the specification.
 */
export class CompiledBins {
  /** How many counts there are, over all distributions. */
  readonly size: number;
  /** Edges or values of all distributions, one after another; those of distribution i are from `#from[i]` to before `#from[i + 1]`. */
  readonly #bounds: Float64Array;
  readonly #from: Int32Array;
  /** Whether the bounds are values (1) or edges (0). */
  readonly #exact: Uint8Array;
  /** Where the counts of each distribution start, and where the last ones end. */
  readonly #counts: Int32Array;

  constructor(distributions: readonly FrozenBins[]) {
    const bounds = distributions.map((bins) => (bins.kind === 'ranges' ? bins.edges : bins.values));
    this.#bounds = Float64Array.from(bounds.flat());
    this.#from = runningSums(bounds.map(({ length }) => length));
    this.#exact = Uint8Array.from(distributions, ({ kind }) => Number(kind === 'values'));
    this.#counts = runningSums(distributions.map(binCount));
    this.size = this.#counts.at(-1)!;
  }

  get distributions(): number {
    return this.#exact.length;
  }

  /** Where in the counts a value of a distribution belongs. */
  positionOf(distribution: number, value: number): number {
    const first = this.#counts[distribution]!;
    if (Number.isNaN(value)) return first;
    const bounds = this.#bounds;
    const from = this.#from[distribution]!;
    const to = this.#from[distribution + 1]!;
    let low = from;
    let high = to;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (bounds[middle]! < value) low = middle + 1;
      else high = middle;
    }
    // Now `low` is the first bound that is at least the value.
    if (this.#exact[distribution] === 1) {
      return first + 1 + (low < to && bounds[low] === value ? low - from : to - from);
    }
    return first + 1 + (low === from && bounds[low] === value ? 1 : low - from);
  }

  /** The counts of each distribution. */
  split(counts: Uint32Array): number[][] {
    return Array.from({ length: this.distributions }, (_, at) => [
      ...counts.subarray(this.#counts[at]!, this.#counts[at + 1]!),
    ]);
  }
}

function runningSums(lengths: readonly number[]): Int32Array {
  const sums = new Int32Array(lengths.length + 1);
  for (const [at, length] of lengths.entries()) sums[at + 1] = sums[at]! + length;
  return sums;
}
