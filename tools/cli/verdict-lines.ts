import type { Verdict } from '@signalbox/contracts';

/** Verdicts for a terminal, one a line, what they say in a column of its own. */
export function verdictLines(verdicts: readonly Verdict[]): string[] {
  const width = Math.max(0, ...verdicts.map(({ id }) => id.length));
  return verdicts.map(({ id, verdict, sentence }) => `  ${verdict.padEnd(12)} ${id.padEnd(width)}  ${sentence}`);
}
