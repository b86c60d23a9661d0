import type { Metric } from '../../documents/metric.js';
import type { Finding } from '../../errors/finding.js';
import type { FieldPath } from '../../parsing/field-path.js';
import { findingAt } from '../document-set.js';
import { type CheckContext, checkBounds, checkReference, type ReadableFile } from './check.js';

type StrategyFile = ReadableFile<'strategy'>;

/** What a strategy asks of metrics: they must be there, and be able to say it. */
export function* checkStrategyMetrics(file: StrategyFile, context: CheckContext): Iterable<Finding> {
  const { analysis, experiment } = file.document;
  if (experiment) {
    const path = ['experiment', 'metric'];
    yield* checkReference(file, path, { kind: 'metric', name: experiment.metric, set: context.documents });
    yield* checkUncertainty(file, path, { name: experiment.metric, context, what: 'decide an experiment' });
  }
  for (const [at, condition] of analysis.metrics.entries()) {
    const { margin, max, metric, min } = condition;
    const path: FieldPath = ['analysis', 'metrics', at];
    yield* checkReference(file, [...path, 'metric'], { kind: 'metric', name: metric, set: context.documents });
    yield* checkBounds(file, path, condition as { min?: number; max?: number });
    if (margin !== undefined) {
      yield* checkUncertainty(file, [...path, 'margin'], { name: metric, context, what: 'be held to a margin' });
      yield* checkCompared(file, [...path, 'margin']);
    }
    if (margin === undefined && min === undefined && max === undefined) yield asksNothing(file, path, metric);
  }
  yield* checkAnswers(file);
}

function asksNothing(file: StrategyFile, path: FieldPath, metric: string): Finding {
  return findingAt(file, path, {
    code: 'rule/conflict',
    message: `nothing is asked of the metric "${metric}", so it can never be met`,
    hint: 'Give it a margin against the live version, a min or a max.',
  });
}

/** Whether a command prints a number or two counts is seen only when it runs: then a number decides nothing, and says so. */
function* checkUncertainty(
  file: StrategyFile,
  path: FieldPath,
  { context, name, what }: { readonly name: string; readonly context: CheckContext; readonly what: string },
): Iterable<Finding> {
  const metric = context.documents.metric.get(name)?.document;
  if (!metric || !isPlainNumber(metric)) return;
  yield findingAt(file, path, {
    code: 'rule/conflict',
    message: `the metric "${name}" is one number without an uncertainty, so it cannot ${what}`,
    hint: 'Ask for a rate (successes and total) or an outcome. A single number can have a min and a max.',
  });
}

const isPlainNumber = (metric: Metric): boolean => metric.kind === 'prometheus' && metric.query !== undefined;

/** After a switch the version before gets copies, whose answers nobody acts on. */
function* checkCompared(file: StrategyFile, path: FieldPath): Iterable<Finding> {
  if (file.document.blueGreen === undefined) return;
  yield findingAt(file, path, {
    code: 'rule/conflict',
    message:
      'in blueGreen the version before answers nobody, so no metric says anything of it to hold a margin against',
    hint: 'Give the metric a min or a max, or use a canary.',
  });
}

/** Metrics speak of answers that somebody got: a shadow's are thrown away. */
function* checkAnswers(file: StrategyFile): Iterable<Finding> {
  const { analysis, blueGreen, canary, experiment } = file.document;
  if (analysis.metrics.length === 0 || blueGreen || canary || experiment) return;
  yield findingAt(file, ['analysis', 'metrics'], {
    code: 'rule/conflict',
    message: 'no stage of this strategy lets the candidate answer anybody, so no metric says anything of it',
    hint: 'Give the strategy a canary, an experiment or blueGreen, or remove the metrics.',
  });
}
