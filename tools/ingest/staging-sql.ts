import {
  type ColumnType,
  type CompiledSource,
  columnVariables,
  expressionToSql,
  quoteIdentifier,
  quoteText,
  type Source,
} from '@signalbox/contracts';

const MAX_EXACT = Number.MAX_SAFE_INTEGER;
/** `event_seq` numbers rows by file, then by row: room for four billion rows a file. */
const ROWS_PER_FILE = 4_294_967_296;

/**
 * One relation with every row of the files, which `reader` reads: the declared columns (timestamps as microseconds), `event_ts`, `arrival_ts`, `event_seq`, `reason`,
 * which is NULL for a good row and else says what is wrong with it (the first thing in column order), and `unread`, the text that was not of its column's type. Nothing
 * is filtered here.
 */
export function stagingSql(
  { source, compiled, reader }: { readonly source: Source; readonly compiled: CompiledSource; readonly reader: string },
  files: readonly string[],
): string {
  const names = Object.keys(source.columns);
  const observed =
    compiled.observedAt === undefined
      ? quoteIdentifier(source.eventTime)
      : expressionToSql(compiled.observedAt, columnVariables(compiled.columns));
  const csv = source.data.format === 'csv';
  return `
WITH typed AS (
  SELECT ${names.map((name) => `${typedColumn(source, name)} AS ${quoteIdentifier(name)}`).join(',\n         ')},
         ${names.map((name, index) => `${malformed(source, name)} AS malformed_${index}`).join(',\n         ')},
         ${fileIndex(files)} * ${ROWS_PER_FILE} + ${csv ? 'row_number() OVER ()' : 'file_row_number'} AS event_seq
  FROM ${reader}
),
timed AS (SELECT *, ${quoteIdentifier(source.eventTime)} AS event_ts, ${observed} AS arrival_ts FROM typed)
SELECT ${names.map(quoteIdentifier).join(', ')}, event_ts, arrival_ts, event_seq,
       coalesce(${names.map((_, index) => `malformed_${index}`).join(', ')}) AS unread,
       CASE ${reasons(source)
         .map(([condition, reason]) => `WHEN ${condition} THEN ${quoteText(reason)}`)
         .join('\n            ')} END AS reason
FROM timed`;
}

const fileIndex = (files: readonly string[]): string =>
  files.length === 1 ? '0::BIGINT' : `(list_position([${files.map(quoteText).join(', ')}], filename) - 1)`;

/** The column in the type that snapshots keep; NULL where a text does not parse or a time is not finite. */
function typedColumn(source: Source, name: string): string {
  const column = quoteIdentifier(name);
  switch (source.columns[name]!.type) {
    case 'int':
      return `TRY_CAST(${column} AS BIGINT)`;
    case 'double':
      return `TRY_CAST(${column} AS DOUBLE)`;
    case 'bool':
      return `TRY_CAST(${column} AS BOOLEAN)`;
    case 'string':
      return column;
    case 'timestamp': {
      const time = `TRY_CAST(${column} AS TIMESTAMP)`;
      return `CASE WHEN isfinite(${time}) THEN epoch_us(${time}) END`;
    }
  }
}

/** What is there where something is, but not of its type; else NULL. */
function malformed(source: Source, name: string): string {
  if (source.columns[name]!.type === 'string') return 'CAST(NULL AS VARCHAR)';
  const column = quoteIdentifier(name);
  return `CASE WHEN ${column} IS NOT NULL AND ${typedColumn(source, name)} IS NULL THEN CAST(${column} AS VARCHAR) END`;
}

/** Why a row with a value that is not of its type is refused. */
export const malformedReason = (name: string, type: ColumnType): string =>
  `${name}: not ${type === 'int' ? 'an int' : `a ${type}`}`;

function reasons(source: Source): (readonly [condition: string, reason: string])[] {
  const columns = Object.entries(source.columns).flatMap(([name, column], index) => {
    const sql = quoteIdentifier(name);
    const rules: (readonly [string, string])[] = [
      [`malformed_${index} IS NOT NULL`, malformedReason(name, column.type)],
    ];
    if (column.type === 'double') rules.push([`NOT isfinite(${sql})`, `${name}: NaN or infinite`]);
    if (column.type === 'int' || column.type === 'timestamp') {
      rules.push([
        `${sql} NOT BETWEEN -${MAX_EXACT} AND ${MAX_EXACT}`,
        `${name}: beyond the exact integers (2^53 - 1)`,
      ]);
    }
    if (column.min !== undefined) rules.push([`${sql} < ${column.min}`, `${name}: below ${column.min}`]);
    if (column.max !== undefined) rules.push([`${sql} > ${column.max}`, `${name}: above ${column.max}`]);
    if (column.allowed) {
      const values = column.allowed.map((value) => (typeof value === 'string' ? quoteText(value) : value));
      rules.push([`${sql} NOT IN (${values.join(', ')})`, `${name}: not an allowed value`]);
    }
    return rules;
  });
  return [
    ...columns,
    ['event_ts IS NULL', `${source.eventTime}: no event time`],
    ['arrival_ts IS NULL', 'observedAt: no observation time'],
  ];
}
