import { findingAt } from '../document-set.js';
import type { Check } from './check.js';

export const checkStrategy: Check<'strategy'> = function* (file) {
  const weights = (file.document.canary?.steps ?? []).map((step) => step.weight);
  for (const [at, weight] of weights.entries()) {
    const before = weights[at - 1];
    if (before === undefined || before < weight) continue;
    yield findingAt(file, ['canary', 'steps', at, 'weight'], {
      code: 'rule/conflict',
      message: `the weight ${weight} does not rise above the step before it, ${before}`,
      hint: 'Each step shows the candidate to more units than the last; remove or reorder it.',
    });
  }
};
