import {
  type CompiledAggregateView,
  type CompiledRequestView,
  checkExpression,
  columnVariables,
  type FeatureBundle,
  type Model,
  quoteText,
  requestVariables,
  type Variables,
} from '@signalbox/contracts';
import { withDuckDb } from '../duckdb/index.js';
import type { DeclaredTimesEvidence } from '../gates/index.js';

type Readers = Pick<DeclaredTimesEvidence, 'labelColumns' | 'pastReaders' | 'pastSources' | 'requestReaders'>;

/** The source that a label is made of. */
export interface LabelData {
  readonly columns: Variables;
  /** Sources that read the same data, the label's own among them: a column has one meaning, whatever name its source goes by. */
  readonly sources: readonly string[];
}

/** Which features of a bundle read a column that the label is made of. Pure: definitions only. */
export function labelReaders(
  bundle: FeatureBundle,
  label: Pick<Model['label'], 'expression' | 'request'>,
  { columns, sources }: LabelData,
): Readers {
  const labelColumns = variablesOf(label.expression, columns);
  const inOrder = (names: readonly string[]) => bundle.order.filter((name) => names.includes(name));
  const past = bundle.views.flatMap((view) =>
    view.kind === 'aggregate' && sources.includes(view.source.name)
      ? pastReadersOf(view, labelColumns).map((name) => ({ name, source: view.source.name }))
      : [],
  );
  const pastReaders = inOrder(past.map(({ name }) => name));
  const read = past.filter(({ name }) => pastReaders.includes(name)).map(({ source }) => source);
  const leaking = Object.entries(label.request ?? {}).filter(([, column]) => labelColumns.includes(column));
  const inputs = leaking.map(([input]) => input);
  const request = bundle.views.flatMap((view) => (view.kind === 'request' ? requestReadersOf(view, inputs) : []));
  return { labelColumns, pastReaders, pastSources: [...new Set(read)], requestReaders: inOrder(request) };
}

function pastReadersOf({ name, source, slots, features }: CompiledAggregateView, columns: readonly string[]): string[] {
  const variables = columnVariables(source.columns);
  const reads = slots.map(
    ({ input }) => input !== null && variablesOf(input, variables).some((column) => columns.includes(column)),
  );
  return features.filter((feature) => feature.slots.some((slot) => reads[slot])).map((each) => `${name}.${each.name}`);
}

function requestReadersOf({ name, inputs, features }: CompiledRequestView, leaking: readonly string[]): string[] {
  const variables = requestVariables(inputs);
  return features
    .filter(({ expression }) => variablesOf(expression, variables).some((input) => leaking.includes(input)))
    .map((feature) => `${name}.${feature.name}`);
}

function variablesOf(expression: string, variables: Variables): readonly string[] {
  const check = checkExpression(expression, variables);
  return check.ok ? check.variables : [];
}

/** Rows that a verdict shows. */
const EXAMPLES = 5;

/**
 * How many labels of a dataset are declared to be known at their time or before, and the first of them. Arrivals are relations of
 * (event_seq, arrival_ts); a label is known as soon as one of them has it. Null is the dataset's own column.
 */
export async function countKnownEarly(
  path: string,
  arrivals: readonly (string | null)[],
): Promise<Pick<DeclaredTimesEvidence, 'rows' | 'knownEarly' | 'examples'>> {
  const relation = knownSql(path, arrivals);
  return withDuckDb({}, async (database) => {
    const [counted] = await database.rows<{ rows: number; early: number }>(
      `SELECT count(*) AS rows, count(*) FILTER (known_at_us <= at_us) AS early FROM ${relation}`,
    );
    const found = await database.rows<{ labelId: string; atUs: number; knownAtUs: number }>(
      `SELECT CAST(label_id AS VARCHAR) AS "labelId", at_us AS "atUs", known_at_us AS "knownAtUs"
       FROM ${relation} WHERE known_at_us <= at_us ORDER BY at_us, label_id LIMIT ${EXAMPLES}`,
    );
    return { rows: counted?.rows ?? 0, knownEarly: counted?.early ?? 0, examples: found };
  });
}

function knownSql(path: string, arrivals: readonly (string | null)[]): string {
  const known = arrivals.map((each, index) => (each === null ? 'labels.known_at_us' : `told_${index}.arrival_ts`));
  const joins = arrivals.flatMap((each, index) =>
    each === null ? [] : [`LEFT JOIN ${each} AS told_${index} ON told_${index}.event_seq = labels.label_id`],
  );
  return `(SELECT labels.label_id, labels.at_us, least(${known.join(', ')}) AS known_at_us
    FROM read_parquet(${quoteText(path)}) AS labels ${joins.join(' ')})`;
}
