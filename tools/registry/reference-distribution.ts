import { binCount, binOf, type FrozenBins, type ReferenceDistribution } from '@signalbox/contracts';

/** Ranges of about equal mass: what population stability is mostly computed on, and few enough to be counted on each prediction. */
const RANGES = 10;

/** Up to so many distinct values are kept apart: each hour of the day, each weekday. */
const MAX_DISTINCT_VALUES = 24;

/** Bins for some values, and how many fell into each. NaN is missing. Pure: the same values in any order give the same bins. */
export function referenceDistribution(values: Float32Array): ReferenceDistribution {
  const bins = freezeBins(values);
  const counts = new Array<number>(binCount(bins)).fill(0);
  for (const value of values) counts[binOf(bins, value)]!++;
  return { bins, counts };
}

function freezeBins(values: Float32Array): FrozenBins {
  const sorted = values.filter((value) => Number.isFinite(value)).sort();
  const distinct = distinctValues(sorted, MAX_DISTINCT_VALUES + 1);
  if (distinct.length <= MAX_DISTINCT_VALUES) return { kind: 'values', values: distinct };
  return { kind: 'ranges', edges: equalMassEdges(sorted) };
}

function distinctValues(sorted: Float32Array, atMost: number): number[] {
  const distinct: number[] = [];
  for (const value of sorted) {
    if (value === distinct.at(-1)) continue;
    if (distinct.length === atMost) break;
    distinct.push(value);
  }
  return distinct;
}

/**
 * From the lowest value to the highest. Each range takes its share of the rows that are left, so that a value which many rows have fills one
 * range and the rows beside it are still told apart.
 */
function equalMassEdges(sorted: Float32Array): number[] {
  const edges = [sorted[0]!];
  let taken = 0;
  for (let rangesLeft = RANGES; rangesLeft > 0 && taken < sorted.length; rangesLeft--) {
    const share = Math.ceil((sorted.length - taken) / rangesLeft);
    const quantile = sorted[taken + share - 1]!;
    const edge = quantile > edges.at(-1)! ? quantile : sorted[firstAbove(sorted, quantile)];
    if (edge === undefined) break;
    edges.push(edge);
    taken = firstAbove(sorted, edge);
  }
  return edges;
}

/** The first position whose element is above `value`; the length when there is none. */
function firstAbove(sorted: Float32Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}
