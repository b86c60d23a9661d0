import type { Finding } from '../../errors/finding.js';
import { findingAt } from '../document-set.js';
import type { Check, ReadableFile } from './check.js';

/** What can never be passed, or never be judged, is a slip that would show only when a rollout waits for ever. */
export const checkStrategy: Check<'strategy'> = function* (file) {
  yield* checkWeights(file);
  const { analysis, shadow } = file.document;
  if (analysis.scoreShiftMargin !== undefined && shadow === undefined) {
    yield findingAt(file, ['analysis', 'scoreShiftMargin'], {
      code: 'rule/conflict',
      message: 'scores are compared in shadow, and this strategy has none',
      hint: 'Give the strategy a shadow, or remove the margin.',
    });
  }
};

function* checkWeights(file: ReadableFile<'strategy'>): Iterable<Finding> {
  const weights = (file.document.canary?.steps ?? []).map((step) => step.weight);
  for (const [at, weight] of weights.entries()) {
    const before = weights[at - 1];
    if (weight === 1) {
      yield findingAt(file, ['canary', 'steps', at, 'weight'], {
        code: 'rule/conflict',
        message: 'a step of all traffic leaves the champion no request to be compared with, so it never passes',
        hint: 'Remove the step: after the last one the candidate is live.',
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
