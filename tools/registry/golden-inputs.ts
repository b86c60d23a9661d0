import { type GoldenInputs, quoteIdentifier, quoteText, SignalboxError } from '@signalbox/contracts';
import type { ModelSpec } from '@signalbox/serving/runtime';
import { withDuckDb } from '../duckdb/index.js';
import { scoreRows } from '../evaluation/index.js';

/** Rows that travel with a package: enough to notice another runtime, few enough to be run before each use. */
const GOLDEN_ROWS = 32;

/** Another processor may round the last bits of a float32 sum otherwise. */
const TOLERANCE = 1e-5;

/**
 * Golden inputs of a model: rows spread evenly over its training data, and one that lacks every feature which some training row lacks, with
 * the scores that the serving runtime gives. What training never missed, a model may have no score for: the trial of the package tells it.
 */
export async function makeGoldenInputs(
  spec: ModelSpec,
  { path, features }: { readonly path: string; readonly features: readonly string[] },
): Promise<GoldenInputs> {
  const rows = await goldenRows(path, features);
  const matrix = Float32Array.from(rows.flat(), (value) => value ?? Number.NaN);
  const scores = await scoreRows(spec, matrix);
  const bad = scores.findIndex((score) => !Number.isFinite(score));
  if (bad >= 0) throw noScore(rows[bad]!, scores[bad]!);
  return { schema: 'signalbox/golden/1', rows, scores: [...scores], tolerance: TOLERANCE };
}

function noScore(row: readonly (number | null)[], score: number): SignalboxError {
  return new SignalboxError(
    'training/failed',
    `the model gives ${score} instead of a score for ${JSON.stringify(row)}`,
    {
      hint: 'Missing features arrive as NaN: make the model give a number for them.',
    },
  );
}

/** Values that are no numbers count as missing, as the model will see them. */
async function goldenRows(path: string, features: readonly string[]): Promise<(number | null)[][]> {
  const source = `read_parquet(${quoteText(path)}, file_row_number = true)`;
  const values = features.map((name) => `CAST(${quoteIdentifier(name)} AS FLOAT)`);
  const finite = values.map((value) => `CASE WHEN isfinite(${value}) THEN ${value} END`);
  const [spread, gaps] = await withDuckDb({ threads: 1 }, async (database) => [
    await database.columns(
      `WITH total AS (SELECT greatest(1, count(*) // ${GOLDEN_ROWS}) AS step FROM ${source})
       SELECT ${finite.join(', ')} FROM ${source}, total WHERE file_row_number % step = 0 ORDER BY file_row_number LIMIT ${GOLDEN_ROWS}`,
    ),
    await database.columns(`SELECT ${finite.map((value) => `count(*) > count(${value})`).join(', ')} FROM ${source}`),
  ]);
  const rows = (spread![0] ?? []).map((_, row) => spread!.map((column) => column[row] as number | null));
  const lacking = rows[0]?.map((value, feature) => (gaps![feature]![0] === true ? null : value));
  return lacking === undefined ? rows : [...rows, lacking];
}
