import type { ReferenceProfile } from '@signalbox/contracts';
import { quoteIdentifier, quoteText } from '@signalbox/contracts';
import { withDuckDb } from '../duckdb/index.js';
import { referenceDistribution } from './reference-distribution.js';
import { countByWindow, type RowTimes } from './reference-windows.js';

export interface ReferenceColumns {
  readonly model: string;
  /** By feature, in the order of the signature: one value a training row. */
  readonly features: readonly { readonly name: string; readonly values: Float32Array }[];
  /** One score an evaluation row. */
  readonly scores: Float32Array;
  /** When those rows were, and how long a window of monitoring is. */
  readonly times: { readonly windowUs: number; readonly features: RowTimes; readonly scores: RowTimes };
}

/** `profile.json` of a package. */
export function referenceProfile({ model, features, scores, times }: ReferenceColumns): ReferenceProfile {
  const { windowUs } = times;
  const inputs = features.map(({ name, values }) => ({ name, ...referenceDistribution(values) }));
  const score = referenceDistribution(scores);
  return {
    schema: 'signalbox/profile/1',
    model,
    features: inputs,
    score,
    featureRows: features[0]?.values.length ?? 0,
    scoreRows: scores.length,
    windows: {
      windowUs,
      features: inputs.map(({ bins }, at) =>
        countByWindow(bins, features[at]!.values, { ...times.features, windowUs }),
      ),
      score: countByWindow(score.bins, scores, { ...times.scores, windowUs }),
    },
  };
}

/** The event times of a dataset's rows, in the order of its file, in microseconds. */
export async function readTimes(path: string): Promise<Float64Array> {
  const sql = `SELECT CAST(at_us AS DOUBLE) FROM read_parquet(${quoteText(path)})`;
  const [times] = await withDuckDb({}, (database) => database.columns(sql));
  return Float64Array.from((times ?? []) as readonly number[]);
}

/** Columns of a Parquet file as the model gets them: float32, NULL as NaN. Throws `input/bad-data`. */
export async function readColumns(path: string, names: readonly string[]): Promise<readonly Float32Array[]> {
  const selected = names.map((name) => `COALESCE(CAST(${quoteIdentifier(name)} AS FLOAT), 'nan'::FLOAT)`);
  const sql = `SELECT ${selected.join(', ')} FROM read_parquet(${quoteText(path)})`;
  const columns = await withDuckDb({}, (database) => database.columns(sql));
  return columns.map((column) => Float32Array.from(column as readonly number[]));
}
