import { DuckDBInstance } from '@duckdb/node-api';

/** Feature values as the model will see them when it serves: float32, NULL as NaN. */
export interface Dataset {
  readonly rows: number;
  /** One array a feature, in model input order. */
  readonly columns: readonly Float32Array[];
  /** 0 or 1. */
  readonly labels: Uint8Array;
}

/** Reads the named columns of a Parquet file, in the file's row order. */
export async function readDataset(path: string, features: readonly string[], label: string): Promise<Dataset> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const selected = features.map((name) => `COALESCE(CAST(${quote(name)} AS FLOAT), 'nan'::FLOAT)`);
    const result = await connection.run(
      `SELECT ${[...selected, `CAST(${quote(label)} AS UTINYINT)`].join(', ')} FROM read_parquet('${path.replaceAll("'", "''")}')`,
    );
    const chunks = await result.fetchAllChunks();
    const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0);
    const columns = features.map(() => new Float32Array(rows));
    const labels = new Uint8Array(rows);
    let start = 0;
    for (const chunk of chunks) {
      for (const [index, column] of columns.entries()) column.set(chunk.getColumnValues(index) as number[], start);
      labels.set(chunk.getColumnValues(features.length) as number[], start);
      start += chunk.rowCount;
    }
    return { rows, columns, labels };
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
