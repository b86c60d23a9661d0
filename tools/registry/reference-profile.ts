import type { ReferenceProfile } from '@signalbox/contracts';
import { quoteIdentifier, quoteText } from '@signalbox/contracts';
import { withDuckDb } from '../duckdb/index.js';
import { referenceDistribution } from './reference-distribution.js';

export interface ReferenceColumns {
  readonly model: string;
  /** By feature, in the order of the signature: one value a training row. */
  readonly features: readonly { readonly name: string; readonly values: Float32Array }[];
  /** One score an evaluation row. */
  readonly scores: Float32Array;
}

/** `profile.json` of a package. */
export function referenceProfile({ model, features, scores }: ReferenceColumns): ReferenceProfile {
  return {
    schema: 'signalbox/profile/1',
    model,
    features: features.map(({ name, values }) => ({ name, ...referenceDistribution(values) })),
    score: referenceDistribution(scores),
    featureRows: features[0]?.values.length ?? 0,
    scoreRows: scores.length,
  };
}

/** Columns of a Parquet file as the model gets them: float32, NULL as NaN. Throws `input/bad-data`. */
export async function readColumns(path: string, names: readonly string[]): Promise<readonly Float32Array[]> {
  const selected = names.map((name) => `COALESCE(CAST(${quoteIdentifier(name)} AS FLOAT), 'nan'::FLOAT)`);
  const sql = `SELECT ${selected.join(', ')} FROM read_parquet(${quoteText(path)})`;
  const columns = await withDuckDb({}, (database) => database.columns(sql));
  return columns.map((column) => Float32Array.from(column as readonly number[]));
}
