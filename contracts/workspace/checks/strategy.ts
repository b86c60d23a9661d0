import type { Strategy } from '../../documents/strategy.js';
import type { Finding } from '../../errors/finding.js';
import { findingAt } from '../document-set.js';
import type { Check, ReadableFile } from './check.js';
import { checkStrategyMetrics } from './strategy-metrics.js';
import { checkStageTimes } from './strategy-times.js';

type StrategyFile = ReadableFile<'strategy'>;

/** What can never be passed, never be judged or never ends is a slip that would show only when a rollout waits for ever. */
export const checkStrategy: Check<'strategy'> = function* (file, context) {
  yield* checkWeights(file);
  yield* checkSwitch(file);
  yield* checkConfirm(file);
  yield* checkStageTimes(file);
  yield* checkStrategyMetrics(file, context);
  const { analysis, shadow } = file.document;
  if (analysis.scoreShiftMargin !== undefined && shadow === undefined) {
    yield findingAt(file, ['analysis', 'scoreShiftMargin'], {
      code: 'rule/conflict',
      message: 'scores are compared in shadow, and this strategy has none',
      hint: 'Give the strategy a shadow, or remove the margin.',
    });
  }
};

function* checkWeights(file: StrategyFile): Iterable<Finding> {
  const weights = (file.document.canary?.steps ?? []).map((step) => step.weight);
  for (const [at, weight] of weights.entries()) {
    const before = weights[at - 1];
    if (weight === 1) {
      yield findingAt(file, ['canary', 'steps', at, 'weight'], {
        code: 'rule/conflict',
        message: 'a step of all traffic leaves the champion no request to be compared with, so it never passes',
        hint: 'Remove the step: after the last one the candidate is live. To compare with copies, use blueGreen.',
      });
    }
    if (before === undefined || before < weight) continue;
    yield findingAt(file, ['canary', 'steps', at, 'weight'], {
      code: 'rule/conflict',
      message: `the weight ${weight} does not rise above the step before it, ${before}`,
      hint: 'Each step shows the candidate to more units than the last; remove or reorder it.',
    });
  }
}

/** All units at once, or some of them first: a strategy cannot be both. */
function* checkSwitch(file: StrategyFile): Iterable<Finding> {
  const { blueGreen } = file.document;
  for (const other of ['canary', 'experiment'] as const) {
    if (blueGreen === undefined || file.document[other] === undefined) continue;
    yield findingAt(file, ['blueGreen'], {
      code: 'rule/conflict',
      message: `blueGreen gives the candidate all units at once, and ${other} gives it some of them first`,
      hint: `Keep one of the two: a strategy of its own for each.`,
      atKey: true,
    });
  }
}

function* checkConfirm(file: StrategyFile): Iterable<Finding> {
  const stages = stageIds(file.document);
  for (const [at, stage] of (file.document.confirm ?? []).entries()) {
    if (stages.includes(stage)) continue;
    yield findingAt(file, ['confirm', at], {
      code: 'reference/unknown',
      message: `this strategy has no stage "${stage}"`,
      hint: `Stages: ${stages.join(', ')}.`,
    });
  }
}

function stageIds({ blueGreen, canary, experiment, shadow }: Strategy): readonly string[] {
  return [
    ...(shadow ? ['shadow'] : []),
    ...(canary?.steps ?? []).map((_, step) => `canary-${step + 1}`),
    ...(experiment ? ['experiment'] : []),
    ...(blueGreen ? ['blue-green'] : []),
    'live',
  ];
}
