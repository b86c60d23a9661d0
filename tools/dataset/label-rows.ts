import {
  type CompiledRequestView,
  type CompiledSource,
  columnVariables,
  expressionToSql,
  type Model,
  quoteIdentifier,
  quoteText,
  REQUEST_TIME,
  requestVariables,
} from '@signalbox/contracts';

type Label = Model['label'];

/**
 * The label rows of a period as a table `requests`: `rid` (1, 2, …), `label_id` (the row's `event_seq`), `at_us` (T), `known_at_us`, all source columns, and `label`
 * (0 or 1). The sample keeps the rows with the smallest hashes of the seed and the row itself, so it neither depends on the order of the data nor on
 * rows that are not in it.
 */
export function labelRowsSql(
  label: Label,
  source: CompiledSource,
  period: { readonly files: readonly string[]; readonly fromUs: number; readonly toUs: number },
): string {
  const columns = Object.keys(source.columns).map(quoteIdentifier);
  const hash = `md5_number_lower(concat_ws(chr(31), ${label.sample.seed}, ${columns.map((column) => `coalesce(CAST(${column} AS VARCHAR), chr(0))`).join(', ')}))`;
  const value = expressionToSql(label.expression, columnVariables(source.columns));
  return `
CREATE OR REPLACE TEMP TABLE requests AS
WITH rows AS (
  SELECT ${columns.join(', ')}, event_seq AS label_id, event_ts AS at_us, arrival_ts AS known_at_us, CAST(${value} AS INTEGER) AS label
  FROM ${parquetRelation(period.files)} WHERE event_ts >= ${period.fromUs} AND event_ts < ${period.toUs}
),
sample AS (SELECT * FROM rows WHERE label IS NOT NULL ORDER BY ${hash}, at_us, label_id LIMIT ${label.sample.rows})
SELECT row_number() OVER (ORDER BY at_us, label_id) AS rid, * FROM sample`;
}

export const parquetRelation = (files: readonly string[]): string =>
  `read_parquet([${files.map(quoteText).join(', ')}])`;

/** A table of `rid` and one DOUBLE a feature of a request view, from the table `requests` and which of its columns holds each input. */
export function requestViewSql(
  view: CompiledRequestView,
  output: string,
  { columnOf, wanted }: { readonly columnOf: (input: string) => string; readonly wanted: ReadonlySet<string> },
): string {
  const variables = requestVariables(view.inputs);
  const types = { int: 'BIGINT', double: 'DOUBLE', string: 'VARCHAR', bool: 'BOOLEAN' };
  const inputs = Object.entries(view.inputs).map(
    ([name, { type }]) => `CAST(${quoteIdentifier(columnOf(name))} AS ${types[type]}) AS ${quoteIdentifier(name)}`,
  );
  const features = view.features
    .filter(({ name }) => wanted.has(name))
    .map(
      ({ name, expression }) => `CAST(${expressionToSql(expression, variables)} AS DOUBLE) AS "${view.name}.${name}"`,
    );
  return `CREATE OR REPLACE TEMP TABLE ${output} AS
SELECT rid, ${features.join(', ')} FROM (SELECT rid, at_us AS ${quoteIdentifier(REQUEST_TIME)}${inputs.map((input) => `, ${input}`).join('')} FROM requests)`;
}
