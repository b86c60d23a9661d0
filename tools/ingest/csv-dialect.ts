import { quoteText } from '@signalbox/contracts';
import type { DuckDb } from '../duckdb/index.js';

/** RFC 4180, and nothing guessed: one malformed row would make DuckDB's sniffer doubt the dialect of the whole file. */
export const CSV_DIALECT = `delim = ',', quote = '"', escape = '"', comment = ''`;

/**
 * The columns of CSV files as options of `read_csv`, read from their first lines, so that a row with another number of fields is an error at
 * its line. DuckDB matches given columns by place; files whose first lines differ are left to its sniffer, which matches them by name.
 */
export async function csvColumns(database: DuckDb, files: readonly string[]): Promise<string> {
  const lines = new Set<string>();
  for (const file of files) lines.add(await firstLine(database, file));
  const [line = ''] = lines;
  const names = lines.size === 1 ? parseHeader(line) : null;
  if (names === null) return 'all_varchar = true';
  return `auto_detect = false, columns = {${names.map((name) => `${quoteText(name)}: 'VARCHAR'`).join(', ')}}`;
}

/** DuckDB reads it, because the file may be compressed. The separator is one that no text holds, so the line stays whole. */
async function firstLine(database: DuckDb, file: string): Promise<string> {
  const [row] = await database.rows<{ line: string | null }>(
    `SELECT line FROM read_csv(${quoteText(file)}, auto_detect = false, header = false, delim = '\u0001', quote = '', escape = '',
       columns = {line: 'VARCHAR'}) LIMIT 1`,
  );
  return row?.line ?? '';
}

/** The names of a header; null where they cannot name columns: one is empty or said twice, or a quote is left open. */
export function parseHeader(line: string): string[] | null {
  const names: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y;
  for (let more = true; more; ) {
    const match = field.exec(line);
    if (match === null) return null;
    names.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    more = match[3] === ',';
  }
  const folded = new Set(names.map((name) => name.toLowerCase()));
  return folded.size < names.length || folded.has('') || folded.has('filename') ? null : names;
}
