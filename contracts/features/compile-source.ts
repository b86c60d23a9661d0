import type { Source } from '../documents/source.js';
import { parseDurationUs } from '../time/index.js';
import type { CompiledSource } from './compiled.js';
import { type DefinitionProblem, expressionType } from './definition-problem.js';
import { canonicalExpression, checkExpression, columnVariables } from './expression/index.js';

/** What is wrong with a source: its event time, its observation time. */
export function sourceProblems(source: Source): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const eventTime = source.columns[source.eventTime];
  if (eventTime?.type !== 'timestamp') {
    const got = eventTime ? `a column of type ${eventTime.type}` : 'no declared column';
    problems.push({ field: 'eventTime', message: `expected a timestamp column, '${source.eventTime}' is ${got}` });
  }
  for (const name of Object.keys(source.columns)) {
    if (RESERVED_COLUMNS.includes(name.toLowerCase())) {
      problems.push({
        field: `columns.${name}`,
        message: `'${name}' is a name that snapshots and datasets use themselves`,
        hint: 'Rename the column in the data.',
      });
    }
  }
  if (source.observedAt !== undefined) {
    const variables = columnVariables(columnTypes(source));
    expressionType(problems, { field: 'observedAt', text: source.observedAt, variables, expected: ['int'] });
  }
  return problems;
}

/** What snapshots, quarantine files and datasets name their own columns, in any case: SQL does not tell cases apart. */
const RESERVED_COLUMNS: readonly string[] = [
  ...['event_ts', 'arrival_ts', 'event_seq', 'filename', 'file_row_number'],
  ...['reason', 'unread', 'late'],
  ...['rid', 'label_id', 'at_us', 'known_at_us', 'label'],
];

const columnTypes = (source: Source): CompiledSource['columns'] =>
  Object.fromEntries(Object.entries(source.columns).map(([name, { type }]) => [name, type]));

/** The semantics of a source that has no problems. */
export function compileSourceDocument(name: string, source: Source): CompiledSource {
  const columns = columnTypes(source);
  return {
    name,
    columns,
    eventTime: source.eventTime,
    ...(source.observedAt === undefined
      ? {}
      : { observedAt: canonicalExpression(source.observedAt, columnVariables(columns)) }),
    allowedLatenessUs: parseDurationUs(source.allowedLateness),
    futureSkewUs: parseDurationUs(source.futureSkew),
  };
}

/** The source as a reader of some of its columns sees it: those, and what event and observation time need. */
export function narrowSource(source: CompiledSource, columns: readonly string[]): CompiledSource {
  const variables = columnVariables(source.columns);
  const observed = source.observedAt === undefined ? null : checkExpression(source.observedAt, variables);
  const needed = new Set([...columns, source.eventTime, ...(observed?.ok ? observed.variables : [])]);
  return {
    ...source,
    columns: Object.fromEntries(Object.entries(source.columns).filter(([name]) => needed.has(name))),
  };
}
