import type { Model } from '../../documents/model.js';
import type { Finding } from '../../errors/finding.js';
import { suggest } from '../../errors/nearest.js';
import { checkExpression, columnVariables, type ExpressionType, type Variables } from '../../features/index.js';
import type { FieldPath } from '../../parsing/field-path.js';
import { parseInstantUs } from '../../time/instant.js';
import { findingAt } from '../document-set.js';
import { type Check, type CheckContext, checkBounds, checkReference, type ReadableFile } from './check.js';
import { checkLabelColumns } from './model-label.js';
import { checkCostClass, checkSegments } from './model-segments.js';
import { checkServing } from './model-serving.js';
import { checkWatching } from './model-watching.js';

type ModelFile = ReadableFile<'model'>;

export const checkModel: Check<'model'> = function* (file, context) {
  const model = file.document;
  if (file.parts[0] === 'environment') {
    const hint = 'Rename the folder of the model.';
    const message = 'a model cannot be called "environment": its release would lie where the environment does';
    yield findingAt(file, [], { code: 'layout/misplaced', message, hint });
  }
  yield* checkReference(file, ['label', 'source'], {
    kind: 'source',
    name: model.label.source,
    set: context.documents,
  });
  yield* checkFeatures(file, context);
  yield* checkLabelColumns(file, context);
  yield* checkPeriods(file);
  yield* checkMetrics(file);
  yield* checkExpressions(file, context);
  yield* checkSegments(file, context);
  yield* checkCostClass(file, context);
  yield* checkWatching(file);
  yield* checkServing(file);
};

function* checkFeatures(file: ModelFile, context: CheckContext): Iterable<Finding> {
  const seen = new Set<string>();
  for (const [at, reference] of file.document.features.entries()) {
    const [view, feature] = reference.split('.') as [string, string | undefined];
    yield* checkReference(file, ['features', at], { kind: 'feature-view', name: view, set: context.documents });
    const known = context.featuresOf(view);
    if (known === null) continue;
    if (feature !== undefined && !known.includes(feature)) {
      yield findingAt(file, ['features', at], {
        code: 'reference/unknown',
        message: `the feature view "${view}" has no feature "${feature}"`,
        hint: suggest(feature, known, 'feature'),
      });
    }
    for (const name of feature === undefined ? known : [feature]) {
      const full = `${view}.${name}`;
      if (seen.has(full)) yield listedTwice(file, at, full);
      seen.add(full);
    }
  }
}

function listedTwice(file: ModelFile, at: number, feature: string): Finding {
  return findingAt(file, ['features', at], {
    code: 'rule/conflict',
    message: `the feature "${feature}" is listed twice`,
    hint: 'List a view, or single features of it, not both.',
  });
}

function* checkPeriods(file: ModelFile): Iterable<Finding> {
  const { training, evaluation } = file.document;
  for (const [stage, { period }] of Object.entries({ training, evaluation })) {
    if (parseInstantUs(period.from) < parseInstantUs(period.to)) continue;
    yield findingAt(file, [stage, 'period', 'to'], {
      code: 'rule/conflict',
      message: `the period ends at ${period.to}, which is not after its start ${period.from}`,
      hint: '"from" is included, "to" is not.',
    });
  }
  if (parseInstantUs(training.period.to) <= parseInstantUs(evaluation.period.from)) return;
  yield findingAt(file, ['evaluation', 'period', 'from'], {
    code: 'rule/conflict',
    message: `evaluation starts at ${evaluation.period.from}, before training ends at ${training.period.to}`,
    hint: 'Evaluate on a later period: rows that were trained on say nothing about new ones.',
  });
}

function* checkMetrics(file: ModelFile): Iterable<Finding> {
  const { evaluation, gates } = file.document;
  for (const [part, thresholds] of Object.entries({ quality: gates.quality, slices: gates.slices })) {
    for (const [metric, gate] of Object.entries(thresholds)) {
      const path = ['gates', part, metric];
      yield* checkBounds(file, path, { ...optional('min', gate.min), ...optional('max', gate.max) });
      if ((evaluation.metrics as readonly string[]).includes(metric)) continue;
      yield findingAt(file, path, {
        code: 'reference/unknown',
        message: `the gate asks for the metric "${metric}", which evaluation does not compute`,
        hint: `Add it to evaluation.metrics. ${suggest(metric, evaluation.metrics, 'metric')}`,
        atKey: true,
      });
    }
  }
  if (Object.keys(gates.quality).length === 0)
    yield suspicious(file, ['gates', 'quality'], 'no quality gate: nothing is asked of the scores');
  if (Object.keys(gates.slices).length > 0 && evaluation.slices.length === 0) {
    yield suspicious(file, ['gates', 'slices'], 'there are gates for slices, and no slice in evaluation.slices');
  }
  const names = evaluation.slices.map((slice) => slice.name);
  for (const [at, name] of names.entries()) {
    if (names.indexOf(name) === at) continue;
    const message = `the slice "${name}" is listed twice`;
    yield findingAt(file, ['evaluation', 'slices', at, 'name'], {
      code: 'rule/conflict',
      message,
      hint: 'Rename one.',
    });
  }
}

function suspicious(file: ModelFile, path: FieldPath, message: string): Finding {
  return findingAt(file, path, { code: 'rule/suspicious', severity: 'warning', message });
}

function optional<K extends string>(key: K, value: number | undefined): { [key in K]?: number } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: number });
}

/** Each expression of a model with what it may see: label and slices the rows, the rule the features that a request has. */
function* checkExpressions(file: ModelFile, context: CheckContext): Iterable<Finding> {
  const { label, evaluation, serving } = file.document;
  const columns = context.documents.source.get(label.source)?.document?.columns;
  const features = featureVariables(file.document, context);
  if (columns) {
    const row = columnVariables(Object.fromEntries(Object.entries(columns).map(([name, { type }]) => [name, type])));
    yield* checkText(file, ['label', 'expression'], { text: label.expression, variables: row, expected: ['bool'] });
    for (const [at, { where }] of features ? evaluation.slices.entries() : []) {
      const variables = { ...row, ...features };
      yield* checkText(file, ['evaluation', 'slices', at, 'where'], { text: where, variables, expected: ['bool'] });
    }
  }
  if (features && serving.rule !== undefined) {
    const expected = ['int', 'double', 'bool'] as const;
    yield* checkText(file, ['serving', 'rule'], { text: serving.rule, variables: features, expected });
  }
}

/** `view.feature` of every feature of the model; null while one of its views has errors. */
function featureVariables(model: Model, context: CheckContext): Variables | null {
  const variables: Record<string, ExpressionType> = {};
  for (const reference of model.features) {
    const [view, feature] = reference.split('.') as [string, string | undefined];
    const known = context.featuresOf(view);
    if (known === null) return null;
    for (const name of feature === undefined ? known : [feature]) variables[`${view}.${name}`] = 'double';
  }
  return variables;
}

function* checkText(
  file: ModelFile,
  path: FieldPath,
  ask: { readonly text: string; readonly variables: Variables; readonly expected: readonly ExpressionType[] },
): Iterable<Finding> {
  const check = checkExpression(ask.text, ask.variables, ask.expected);
  if (check.ok) return;
  const { message, hint, start } = check.problem;
  yield findingAt(file, path, {
    code: 'definition/invalid',
    message: `${message} (at character ${start + 1})`,
    ...(hint === undefined ? {} : { hint }),
  });
}
