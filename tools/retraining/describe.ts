import type { RetrainingDecision } from './decide.js';
import type { Trigger } from './triggers.js';

/** For a terminal. */
export function describeDecision(model: string, decision: RetrainingDecision): string {
  const asking = decision.triggers.map(({ by, sentence }) => `  ${by.padEnd(9)} ${sentence}`);
  if (decision.action === 'wait')
    return [`${model}: no new version is proposed. ${decision.sentence}`, ...asking].join('\n');
  const { evaluation, training } = decision.periods;
  const periods = `trained on ${training.from} to ${training.to}, judged on ${evaluation.from} to ${evaluation.to}`;
  return [`${model}: a new version is due, ${periods} (${decision.branch})`, ...asking].join('\n');
}

/** What a commit and a pull request say first: who asked. */
export function headline(triggers: readonly Trigger[]): string {
  const times = new Map<Trigger['by'], number>();
  for (const { by } of triggers) times.set(by, (times.get(by) ?? 0) + 1);
  const words = ([by, count]: readonly [Trigger['by'], number]) => {
    if (by === 'person') return 'a person';
    return count === 1 ? by : `${by} (${count} signals)`;
  };
  return [...times].map(words).join(', ');
}

/** The part of a pull request that says why it was opened, in Markdown, before the report of the gates. */
export function describeReasons(triggers: readonly Trigger[]): string {
  const lines = triggers.map(({ by, sentence }) => `- **${by}**: ${asText(sentence)}`);
  return [
    `**Asked for by ${headline(triggers)}**: a version trained on the newest data. Opened by \`signalbox retrain\`, and a proposal like any other.`,
    '',
    '<details><summary>What asked for it</summary>',
    '',
    ...lines,
    '',
    '</details>',
    '',
  ].join('\n');
}

/** A person's reason is theirs: no markup of it may become ours. */
function asText(sentence: string): string {
  return sentence.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>#|]/g, '\\$&');
}
