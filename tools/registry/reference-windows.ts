import { binCount, binOf, type FrozenBins } from '@signalbox/contracts';

/** When the rows of a period were, epoch microseconds: one time a row. */
export interface RowTimes {
  readonly atUs: Float64Array;
  readonly fromUs: number;
  readonly toUs: number;
}

/** The newest are kept: more say little more about how far windows lie apart, and would make packages grow with short windows. */
const MAX_WINDOWS = 60;

/** How many values fell into each bin, for each whole window of the period, on the grid that monitoring looks at. */
export function countByWindow(
  bins: FrozenBins,
  values: Float32Array,
  { atUs, fromUs, toUs, windowUs }: RowTimes & { readonly windowUs: number },
): readonly (readonly number[])[] {
  const end = Math.floor(toUs / windowUs);
  const start = Math.max(Math.ceil(fromUs / windowUs), end - MAX_WINDOWS);
  const windows = Array.from({ length: Math.max(0, end - start) }, () => new Array<number>(binCount(bins)).fill(0));
  for (const [row, value] of values.entries()) {
    const counts = windows[Math.floor(atUs[row]! / windowUs) - start];
    if (counts !== undefined) counts[binOf(bins, value)]!++;
  }
  return windows;
}
