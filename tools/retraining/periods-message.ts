import type { RetrainingDecision } from './decide.js';
import { headline } from './describe.js';

/** What the commit says that moves a model's periods. */
export function periodsMessage(
  model: string,
  { periods, triggers }: Extract<RetrainingDecision, { readonly action: 'propose' }>,
): string {
  const reasons = triggers.map(({ sentence }) => `- ${sentence}`).join('\n');
  return `Train ${model} on data until ${periods.evaluation.to}\n\nAsked for by ${headline(triggers)}:\n${reasons}`;
}
