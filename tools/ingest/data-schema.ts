import { type ColumnType, type Finding, quoteText, SignalboxError, type Source } from '@signalbox/contracts';
import type { DuckDb } from '../duckdb/index.js';
import { CSV_DIALECT, csvColumns } from './csv-dialect.js';

/** Which types of a Parquet file may be read as a declared type, without losing anything. */
const READABLE: Record<ColumnType, RegExp> = {
  int: /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT)|HUGEINT)$/,
  double: /^(DOUBLE|FLOAT|DECIMAL\(.*\)|(TINY|SMALL)INT|INTEGER)$/,
  string: /^VARCHAR$/,
  bool: /^BOOLEAN$/,
  timestamp: /^(TIMESTAMP(_S|_MS|_NS| WITH TIME ZONE)?|DATE)$/,
};

/** The relation of the files of a source, as SQL. CSV comes as text, so that each bad value can be named. */
export async function readerSql(database: DuckDb, source: Source, files: readonly string[]): Promise<string> {
  const list = `[${files.map(quoteText).join(', ')}]`;
  return source.data.format === 'parquet'
    ? `read_parquet(${list}, filename = true, file_row_number = true)`
    : `read_csv(${list}, filename = true, ${CSV_DIALECT}, header = true, ${await csvColumns(database, files)})`;
}

/**
 * Compares the columns of the files with the declared ones. Every missing or wrongly typed column is a finding of one `input/bad-data`; the answer
 * is the columns that nobody declared, which are not read.
 */
export async function checkDataSchema(
  { database, name: sourceName, source }: { readonly database: DuckDb; readonly name: string; readonly source: Source },
  reader: string,
): Promise<string[]> {
  const described = await database.rows<{ column_name: string; column_type: string }>(
    `DESCRIBE SELECT * EXCLUDE (filename${source.data.format === 'parquet' ? ', file_row_number' : ''}) FROM ${reader}`,
  );
  const found = new Map(described.map(({ column_name, column_type }) => [column_name, column_type]));
  const findings = Object.entries(source.columns).flatMap(([name, { type }]) =>
    columnFindings({ sourceName, name, type, csv: source.data.format === 'csv' }, found),
  );
  if (findings.length > 0) {
    throw new SignalboxError(
      'input/bad-data',
      `the data of '${sourceName}' does not have the declared columns: ${findings.map(({ message }) => message).join('; ')}`,
      { hint: fileHas(source, found), findings },
    );
  }
  return [...found.keys()].filter((name) => !(name in source.columns));
}

function fileHas({ data }: Source, found: ReadonlyMap<string, string>): string {
  return data.format === 'csv'
    ? `The first line names, separated by commas: ${[...found.keys()].join(', ')}.`
    : `The file has: ${[...found].map(([name, type]) => `${name} ${type}`).join(', ')}.`;
}

function columnFindings(
  { sourceName, name, type, csv }: { sourceName: string; name: string; type: ColumnType; csv: boolean },
  found: ReadonlyMap<string, string>,
): Finding[] {
  const finding = (message: string): Finding => ({
    code: 'data/mismatch',
    severity: 'error',
    message,
    place: { file: `features/sources/${sourceName}.yaml`, field: `columns.${name}` },
  });
  const actual = found.get(name);
  if (actual === undefined) {
    const near = [...found.keys()].find((other) => other.toLowerCase() === name.toLowerCase());
    return [finding(`there is no column '${name}'${near === undefined ? '' : ` (but '${near}')`}`)];
  }
  if (csv || READABLE[type].test(actual)) return [];
  return [finding(`'${name}' is ${actual}, expected ${type}`)];
}
