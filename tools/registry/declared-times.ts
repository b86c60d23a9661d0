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

type Readers = Pick<DeclaredTimesEvidence, 'labelColumns' | 'pastReaders' | 'requestReaders'>;

/** Which features of a bundle read a column that the label is made of. Pure: definitions only. */
export function labelReaders(
  bundle: FeatureBundle,
  label: Pick<Model['label'], 'source' | 'expression' | 'request'>,
  columns: Variables,
): Readers {
  const labelColumns = variablesOf(label.expression, columns);
  const inOrder = (names: readonly string[]) => bundle.order.filter((name) => names.includes(name));
  const past = bundle.views.flatMap((view) =>
    view.kind === 'aggregate' && view.source.name === label.source ? pastReadersOf(view, labelColumns) : [],
  );
  const leaking = Object.entries(label.request ?? {}).filter(([, column]) => labelColumns.includes(column));
  const inputs = leaking.map(([input]) => input);
  const request = bundle.views.flatMap((view) => (view.kind === 'request' ? requestReadersOf(view, inputs) : []));
  return { labelColumns, pastReaders: inOrder(past), requestReaders: inOrder(request) };
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

/** How many labels of a dataset are declared to be known at their time or before, and the first of them. */
export async function countKnownEarly(
  path: string,
): Promise<Pick<DeclaredTimesEvidence, 'rows' | 'knownEarly' | 'examples'>> {
  const relation = `read_parquet(${quoteText(path)})`;
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
