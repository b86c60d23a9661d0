/**
 * What a provider read of one metric for one version under the manifest that is judged. Two counts and the moments of a mean have an uncertainty, a plain
 * number has none. `problem`: there is no value, and why; `no-data` waits for one, `error` says that something is broken. Neither ever passes.
 */
export type MetricReading =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'rate'; readonly successes: number; readonly total: number }
  | { readonly kind: 'mean'; readonly rows: number; readonly sum: number; readonly sumSquares: number }
  | { readonly kind: 'problem'; readonly verdict: 'no-data' | 'error'; readonly sentence: string };

/** What was read in one pass: by version, then by name of the metric. */
export type MetricReadings = ReadonlyMap<number, ReadonlyMap<string, MetricReading>>;
