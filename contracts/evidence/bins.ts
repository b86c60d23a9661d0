/**
 * Bins that were frozen on a reference. Counts in the same bins add exactly, in any order, across pods and windows.
 * Values are compared as the float32 numbers that the model gets.
 *
 * `ranges`: `edges` rise strictly, at least two. Bin 0 is missing (NaN), 1 below the first edge, then (low, high] between two edges (the first
 * includes its low edge), and the last above. `values`: few distinct values; bin 0 is missing, then one for each value, and the last for
 * values that the reference does not have.
 */
export type FrozenBins =
  | { readonly kind: 'ranges'; readonly edges: readonly number[] }
  | { readonly kind: 'values'; readonly values: readonly number[] };

/** How many bins there are, missing and outside included. */
export function binCount(bins: FrozenBins): number {
  return bins.kind === 'ranges' ? bins.edges.length + 2 : bins.values.length + 2;
}

/** The bin of a value; NaN is missing. */
export function binOf(bins: FrozenBins, value: number): number {
  if (Number.isNaN(value)) return 0;
  return bins.kind === 'ranges' ? rangeOf(bins.edges, value) : knownValueOf(bins.values, value);
}

/** For people: `missing`, `below 3`, `3 to 4.5`, `above 9`, `7`, `another value`. */
export function binLabels(bins: FrozenBins): readonly string[] {
  if (bins.kind === 'values') return ['missing', ...bins.values.map(figure), 'another value'];
  const edges = bins.edges.map(figure);
  const between = edges.slice(1).map((edge, at) => `${edges[at]} to ${edge}`);
  return ['missing', `below ${edges[0]}`, ...between, `above ${edges.at(-1)}`];
}

/** A float32 number has about seven digits; what a double writes behind them is no information. */
function figure(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function rangeOf(edges: readonly number[], value: number): number {
  if (value < edges[0]!) return 1;
  const last = edges.length - 1;
  if (value > edges[last]!) return last + 2;
  const at = firstAtLeast(edges, value);
  return at === 0 ? 2 : at + 1;
}

function knownValueOf(values: readonly number[], value: number): number {
  const at = firstAtLeast(values, value);
  return values[at] === value ? at + 1 : values.length + 1;
}

/** The first position whose element is at least `value`; the length when there is none. */
function firstAtLeast(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
