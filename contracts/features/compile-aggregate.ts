import { digestJson } from '../canonical/canonical.js';
import type { AggregateView, Aggregation } from '../documents/feature-view.js';
import type { Entity, Source } from '../documents/source.js';
import { parseDurationUs } from '../time/index.js';
import { compileSourceDocument, narrowSource } from './compile-source.js';
import type { CompiledAggregateView, PartialSlot, WindowFeature } from './compiled.js';
import { type DefinitionProblem, expressionType } from './definition-problem.js';
import { canonicalExpression, checkExpression, columnVariables, type Variables } from './expression/index.js';
import { hopOfWindow, MIN_WINDOW_US } from './window.js';

export interface AggregateContext {
  readonly name: string;
  readonly source: Source;
  readonly entity: Entity;
}

const variablesOfSource = (source: Source): Variables =>
  columnVariables(Object.fromEntries(Object.entries(source.columns).map(([name, { type }]) => [name, type])));

/** What is wrong with an aggregate view whose source and entity exist. */
export function aggregateProblems(view: AggregateView, { source, entity }: AggregateContext): DefinitionProblem[] {
  const problems = keyProblems(view, source, entity);
  const names = new Set<string>();
  for (const [index, aggregation] of view.aggregations.entries()) {
    const field = `aggregations[${index}]`;
    inputProblems(problems, { field, aggregation, variables: variablesOfSource(source) });
    for (const [at, window] of aggregation.windows.entries()) {
      if (parseDurationUs(window) < MIN_WINDOW_US) {
        problems.push({ field: `${field}.windows[${at}]`, message: `expected a window of at least 5m, got ${window}` });
      }
      const name = `${aggregationName(aggregation)}_${window}`;
      if (names.has(name)) {
        problems.push({
          field,
          message: `the feature '${name}' is already there`,
          hint: 'Give one of the aggregations a `name`.',
        });
      }
      names.add(name);
    }
  }
  return problems;
}

function keyProblems(view: AggregateView, source: Source, entity: Entity): DefinitionProblem[] {
  const unknown = Object.keys(view.keys ?? {}).filter((key) => !entity.keys.some(({ name }) => name === key));
  return [
    ...unknown.map((key) => ({
      field: `keys.${key}`,
      message: `the entity '${view.entity}' has no key '${key}'`,
      hint: `Its keys are: ${entity.keys.map(({ name }) => name).join(', ')}.`,
    })),
    ...entity.keys.flatMap((key) => {
      const column = view.keys?.[key.name] ?? key.name;
      const type = source.columns[column]?.type;
      if (type === key.type) return [];
      return {
        field: `keys.${key.name}`,
        message: `expected a column of type ${key.type} for the key '${key.name}', '${column}' is ${type ? `of type ${type}` : `not a column of '${view.source}'`}`,
        hint: `Write \`keys: {${key.name}: <column>}\` if the column has another name.`,
      };
    }),
  ];
}

function inputProblems(
  problems: DefinitionProblem[],
  {
    field,
    aggregation,
    variables,
  }: { readonly field: string; readonly aggregation: Aggregation; readonly variables: Variables },
): void {
  const { input, where, function: fn } = aggregation;
  if (where !== undefined)
    expressionType(problems, { field: `${field}.where`, text: where, variables, expected: ['bool'] });
  if (fn === 'share') {
    if (where === undefined)
      problems.push({ field, message: 'share needs `where`, the condition whose share is meant' });
    if (input !== undefined) problems.push({ field: `${field}.input`, message: 'share has no input, only `where`' });
  } else if (input === undefined) {
    if (fn !== 'count') problems.push({ field, message: `${fn} needs \`input\`, the expression to aggregate` });
  } else {
    const expected =
      fn === 'count' ? (['int', 'double', 'bool', 'string'] as const) : (['int', 'double', 'bool'] as const);
    expressionType(problems, { field: `${field}.input`, text: input, variables, expected });
  }
  if (aggregation.name === undefined && !/^[a-z][a-z0-9_-]*$/.test(input ?? 'none')) {
    problems.push({
      field,
      message: 'an aggregation of an expression needs a `name`',
      hint: 'Its features are named `<name>_<window>`.',
    });
  }
  if (aggregation.name === undefined && fn === 'share') problems.push({ field, message: 'share needs a `name`' });
}

/** `delay_mean` of `{function: mean, input: delay}`, `count` of `{function: count}`. */
const aggregationName = ({ name, input, function: fn }: Aggregation): string =>
  name ?? (input === undefined ? fn : `${input}_${fn}`);

/** A view that has no problems, as both paths execute it. */
export function compileAggregateDocument(view: AggregateView, context: AggregateContext): CompiledAggregateView {
  const variables = variablesOfSource(context.source);
  const slots: PartialSlot[] = [];
  const features = view.aggregations.flatMap((aggregation) => {
    const indexes = slotsOf(aggregation, variables).map((slot) => indexOfSlot(slots, slot));
    return aggregation.windows.map((window): WindowFeature => {
      const windowUs = parseDurationUs(window);
      return {
        name: `${aggregationName(aggregation)}_${window}`,
        function: aggregation.function,
        windowUs,
        hopUs: view.mode === 'exact' ? 0 : hopOfWindow(windowUs),
        slots: indexes,
      };
    });
  });
  const keyColumns = context.entity.keys.map(({ name }) => view.keys?.[name] ?? name);
  const read = slots.flatMap(({ input }) => (input === null ? [] : columnsOf(input, variables)));
  const compiled = {
    kind: 'aggregate' as const,
    name: context.name,
    entity: { name: view.entity, keys: context.entity.keys },
    keyColumns,
    source: narrowSource(compileSourceDocument(view.source, context.source), [...keyColumns, ...read]),
    mode: view.mode,
    delayUs: parseDurationUs(view.delay),
    slots,
    features,
  };
  return { ...compiled, digest: digestJson(compiled) };
}

function columnsOf(expression: string, variables: Variables): readonly string[] {
  const check = checkExpression(expression, variables);
  return check.ok ? check.variables : [];
}

/** Which partial aggregates a function is made of, in the order that `finalize` reads them. */
function slotsOf({ function: fn, input, where }: Aggregation, variables: Variables): PartialSlot[] {
  const counted = input ?? (fn === 'share' ? where! : where === undefined ? null : '1');
  const filtered = where === undefined || fn === 'share' ? counted : `(${where}) ? (${counted}) : null`;
  const expression = filtered === null ? null : canonicalExpression(filtered, variables);
  switch (fn) {
    case 'count':
      return [{ op: 'count', input: expression }];
    case 'sum':
    case 'mean':
    case 'share':
      return [
        { op: 'sum', input: expression },
        { op: 'count', input: expression },
      ];
    case 'min':
    case 'max':
      return [{ op: fn, input: expression }];
  }
}

/** Aggregations share equal slots: a mean and a sum of one input store it once. */
function indexOfSlot(slots: PartialSlot[], slot: PartialSlot): number {
  const found = slots.findIndex(({ op, input }) => op === slot.op && input === slot.input);
  return found >= 0 ? found : slots.push(slot) - 1;
}
