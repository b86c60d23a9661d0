/**
 * Feature values as small integers: bin b holds the values up to `edges[b]`, the last bin everything above, and `missing` NaN.
 * Edges are values of the training data in float32, and a split says "value <= edge", so that the split that training
 * counted is, to the bit, the split that ONNX Runtime takes.
 */
export interface BinnedFeatures {
  /** For each feature, rising; a split is at an edge. */
  readonly edges: readonly Float32Array[];
  /** Row-major, `rows x features`: a tree reads whole rows, in any order. */
  readonly bins: Uint8Array;
  readonly features: number;
  readonly rows: number;
  /** One more than the highest bin of a value. */
  readonly missing: number;
}

/** Quantiles of at most this many rows place the edges. */
const EDGE_SAMPLE = 20_000;

export function binFeatures(columns: readonly Float32Array[], maxBins: number): BinnedFeatures {
  const features = columns.length;
  const rows = columns[0]?.length ?? 0;
  const missing = maxBins;
  const edges = columns.map((column) => quantileEdges(column, maxBins));
  const bins = new Uint8Array(rows * features);
  for (const [feature, column] of columns.entries()) {
    const own = edges[feature]!;
    for (let row = 0; row < rows; row++) {
      const value = column[row]!;
      bins[row * features + feature] = Number.isNaN(value) ? missing : lowestEdgeFrom(own, value);
    }
  }
  return { edges, bins, features, rows, missing };
}

/** At most `maxBins - 1` distinct values that cut the column into parts of about equal size. */
export function quantileEdges(column: Float32Array, maxBins: number): Float32Array {
  const step = Math.max(1, Math.floor(column.length / EDGE_SAMPLE));
  const sample = column.filter((value, row) => row % step === 0 && !Number.isNaN(value)).sort();
  const edges = new Set<number>();
  for (let bin = 1; bin < maxBins && sample.length > 0; bin++) {
    edges.add(sample[Math.floor((bin * sample.length) / maxBins)]!);
  }
  return Float32Array.from(edges).sort();
}

/** The first edge that is not below the value: its bin. Equals the number of edges for a value above them all. */
function lowestEdgeFrom(edges: Float32Array, value: number): number {
  let low = 0;
  let high = edges.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (edges[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
