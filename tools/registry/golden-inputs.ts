import { type GoldenInputs, quoteIdentifier, quoteText, SignalboxError } from '@signalbox/contracts';
import type { ModelSpec } from '@signalbox/serving/runtime';
import { withDuckDb } from '../duckdb/index.js';
import { scoreRows } from '../evaluation/index.js';

/** Rows that travel with a package: enough to notice another runtime, few enough to be run before each use. */
const GOLDEN_ROWS = 32;

/** Another processor may round the last bits of a float32 sum otherwise. */
const TOLERANCE = 1e-5;

/**
 * Golden inputs of a model: rows spread evenly over its training data, and one where every feature is missing, with the scores that the
 * serving runtime gives. They rest on the training run alone, so the same run gives the same package.
 */
export async function makeGoldenInputs(
  spec: ModelSpec,
  { path, features }: { readonly path: string; readonly features: readonly string[] },
): Promise<GoldenInputs> {
  const rows = [...(await spreadRows(path, features)), features.map(() => null)];
  const matrix = Float32Array.from(rows.flat(), (value) => value ?? Number.NaN);
  const scores = await scoreRows(spec, matrix);
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad >= 0) throw noScore(rows[bad]!, scores[bad]!);
  return { schema: 'signalbox/golden/1', rows, scores: [...scores], tolerance: TOLERANCE };
}

function noScore(row: readonly (number | null)[], score: number): SignalboxError {
  const values = row.every((value) => value === null) ? 'every feature missing' : JSON.stringify(row);
  return new SignalboxError('training/failed', `the model gives ${score} instead of a score for a row with ${values}`, {
    hint: 'Missing features arrive as NaN: make the model give a number for them.',
  });
}

async function spreadRows(path: string, features: readonly string[]): Promise<(number | null)[][]> {
  const source = `read_parquet(${quoteText(path)}, file_row_number = true)`;
  const columns = features.map((name) => `CAST(${quoteIdentifier(name)} AS FLOAT)`).join(', ');
  const found = await withDuckDb({ threads: 1 }, (database) =>
    database.columns(
      `WITH total AS (SELECT greatest(1, count(*) // ${GOLDEN_ROWS}) AS step FROM ${source})
       SELECT ${columns} FROM ${source}, total WHERE file_row_number % step = 0 ORDER BY file_row_number LIMIT ${GOLDEN_ROWS}`,
    ),
  );
  const rows = found[0]?.length ?? 0;
  return Array.from({ length: rows }, (_, row) =>
    found.map((column) => {
      const value = column[row] as number | null;
      return value === null || !Number.isFinite(value) ? null : value;
    }),
  );
}
