import { letsThrough, type Verdict } from '@signalbox/contracts';
import { visible } from '../handover/index.js';

const MAX_SENTENCE = 2_000;

/** Verdicts for a terminal, one a line, what they say in a column of its own; a refusal is followed by the rows that show it. */
export function verdictLines(verdicts: readonly Verdict[]): string[] {
  const width = Math.max(0, ...verdicts.map(({ id }) => id.length));
  return verdicts.flatMap(({ id, verdict, sentence, examples = [] }) => [
    `  ${verdict.padEnd(12)} ${id.padEnd(width)}  ${visible(sentence, MAX_SENTENCE)}`,
    ...(letsThrough(verdict) ? [] : examples.map((example) => `${' '.repeat(width + 17)}${visible(example)}`)),
  ]);
}
