import { inert } from '../../handover/index.js';
import { costSentences } from './cost.js';
import type { Plan, PlannedChange } from './plan.js';

/** For a comment: words of others are text and nothing else. Pure. */
export function planMarkdown(plan: Plan): string {
  const { changes, notes, summary } = plan;
  const [head, rest] = [summary, notes].map((sentences) => {
    const lines = sentences.map((sentence) => `- ${inert(sentence)}`).join('\n');
    return lines === '' ? [] : [`${lines}\n`];
  }) as [string[], string[]];
  return [...head, ...changes.map(changeMarkdown), ...rest].join('\n');
}

function changeMarkdown({ cost, environment, model, sentences, wayBack }: PlannedChange): string {
  const title = model === null ? environment : `${environment}/${model}`;
  const lines = sentences.map((sentence) => `- ${inert(sentence)}`);
  const costs =
    cost === null ? [] : ['', '**What it costs**', '', ...costSentences(cost).map((one) => `- ${inert(one)}`)];
  const back = wayBack === null ? [] : ['', `**The way back:** ${inert(wayBack)}`];
  return [`### ${inert(title)}`, '', ...lines, ...costs, ...back, ''].join('\n');
}
