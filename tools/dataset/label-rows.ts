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
 * (0 or 1). The sample keeps the rows with the smallest hashes of the seed and the row's identity (its time and its number in the data), so it is the same in every
 * run, and rows that are added elsewhere only compete for its end.
 */
export function labelRowsSql(
  label: Label,
  source: CompiledSource,
  period: { readonly files: readonly string[]; readonly fromUs: number; readonly toUs: number },
): string {
  const columns = Object.keys(source.columns).map(quoteIdentifier);
  const value = expressionToSql(label.expression, columnVariables(source.columns));
  return `
CREATE OR REPLACE TEMP TABLE requests AS
WITH rows AS (
  SELECT ${columns.join(', ')}, event_seq AS label_id, event_ts AS at_us, arrival_ts AS known_at_us, CAST(${value} AS INTEGER) AS label
  FROM ${parquetRelation(period.files)} WHERE event_ts >= ${period.fromUs} AND event_ts < ${period.toUs}
),
sample AS (SELECT * FROM rows WHERE label IS NOT NULL ORDER BY ${sampleHash(label.sample.seed)}, at_us, label_id LIMIT ${label.sample.rows})
SELECT row_number() OVER (ORDER BY at_us, label_id) AS rid, * FROM sample`;
}

/** The largest prime below 2^31: products of two values below it fit a BIGINT. */
const PRIME = 2_147_483_647;

/**
 * A hash of a row's time and number, written out in integers: an engine's own hash may change with its version, and a cryptographic one costs
 * more than all else that is done to a row. Multiply by a large odd number modulo a prime, fold the high bits into the low ones, three times.
 */
function sampleHash(seed: number): string {
  const positive = (value: string | number): string => `(CAST(${value} AS BIGINT) % ${PRIME} + ${PRIME})`;
  const start = `((${positive('at_us')} * 48271 + ${positive('label_id')} * 69621 + ${positive(seed)}) % ${PRIME})`;
  const round = (hash: string): string => `(xor(${hash}, ${hash} >> 13) * 1103515245 % ${PRIME})`;
  return round(round(round(start)));
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
