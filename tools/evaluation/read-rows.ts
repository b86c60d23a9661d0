import { expressionToSql, quoteIdentifier, quoteText, type Variables } from '@signalbox/contracts';
import { withDuckDb } from '../duckdb/index.js';

/** Rows of a point-in-time dataset as a model sees them, in the dataset's order. */
export interface DatasetRows {
  readonly labelIds: readonly string[];
  readonly labels: Uint8Array;
  /** float32, row-major, NULL as NaN. */
  readonly matrix: Float32Array;
  readonly features: number;
  /** By slice: 1 for the rows that belong to it. A condition that is NULL is not met. */
  readonly slices: ReadonlyMap<string, Uint8Array>;
}

export interface ReadRowsRequest {
  readonly path: string;
  readonly features: readonly string[];
  readonly slices: readonly { readonly name: string; readonly where: string }[];
  /** What the conditions of slices may name. */
  readonly variables: Variables;
  readonly signal?: AbortSignal;
}

/** Throws `input/bad-data` for a file that cannot be read, `input/bad-expression` for a slice. */
export async function readDatasetRows(request: ReadRowsRequest): Promise<DatasetRows> {
  const { features, slices } = request;
  const selected = [
    'CAST(label_id AS VARCHAR)',
    'CAST(label AS INTEGER)',
    ...features.map((name) => `COALESCE(CAST(${quoteIdentifier(name)} AS DOUBLE), 'nan'::DOUBLE)`),
    ...slices.map(({ where }) => `CASE WHEN ${expressionToSql(where, request.variables)} THEN 1 ELSE 0 END`),
  ];
  const sql = `SELECT ${selected.join(', ')} FROM read_parquet(${quoteText(request.path)})`;
  const options = request.signal === undefined ? {} : { signal: request.signal };
  const columns = await withDuckDb(options, (database) => database.columns(sql));
  const [labelIds, labels, ...rest] = columns;
  const rows = labelIds?.length ?? 0;
  const matrix = new Float32Array(rows * features.length);
  for (const [column, values] of rest.slice(0, features.length).entries()) {
    for (let row = 0; row < rows; row++) matrix[row * features.length + column] = values[row] as number;
  }
  return {
    labelIds: (labelIds ?? []) as readonly string[],
    labels: Uint8Array.from((labels ?? []) as readonly number[]),
    matrix,
    features: features.length,
    slices: new Map(
      slices.map(({ name }, index) => [name, Uint8Array.from(rest[features.length + index] as readonly number[])]),
    ),
  };
}
