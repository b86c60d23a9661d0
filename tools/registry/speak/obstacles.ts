import { formatPlace } from '@signalbox/contracts';
import { visible } from '../../handover/index.js';
import type { Outcome, Statement } from './statement.js';

/** What stands against merging. The sentence is visible text, not Markdown. */
export interface Obstacle {
  readonly kind: Exclude<Outcome['kind'], 'recorded'> | 'documents';
  readonly sentence: string;
}

/** All that stands against merging, each in its own words. Empty where `letsMerge`. Pure. */
export function obstaclesOf({ outcomes, plan }: Pick<Statement, 'outcomes' | 'plan'>): readonly Obstacle[] {
  const ofModels = outcomes.flatMap((one) => (one.kind === 'recorded' ? [] : [obstacleOf(one)]));
  const [first, ...others] = plan?.findings ?? [];
  if (first === undefined) return ofModels;
  const more = others.length === 0 ? '' : `; and ${others.length} more`;
  const sentence = `Documents are wrong: ${formatPlace(first.place)}: ${visible(first.message)}${more}.`;
  return [...ofModels, { kind: 'documents', sentence }];
}

function obstacleOf(outcome: Exclude<Outcome, { readonly kind: 'recorded' }>): Obstacle {
  const { kind, model } = outcome;
  return { kind, sentence: `${model === null ? '' : `${model}: `}${wordsOf(outcome)}` };
}

function wordsOf(outcome: Exclude<Outcome, { readonly kind: 'recorded' }>): string {
  switch (outcome.kind) {
    case 'refused':
      return 'The gates refuse the candidate.';
    case 'taken':
      return `Version ${outcome.version} is another one on the main branch by now. Rebase onto it and propose again.`;
    case 'missing':
      return 'The branch changes it, and no judge said what it is worth: judge it too, or leave it to a branch of its own.';
    case 'conflict':
    case 'untrusted':
      return outcome.sentence;
  }
}
