import { appendFile } from 'node:fs/promises';
import { letsThrough, type Verdict } from '@signalbox/contracts';
import type { CommandContext } from './command.js';

type Env = CommandContext['env'];

/** An output of the workflow's step, as JSON on one line; nothing outside GitHub Actions. */
export async function setOutput(env: Env, name: string, value: unknown): Promise<void> {
  if (env.GITHUB_OUTPUT) await appendFile(env.GITHUB_OUTPUT, `${name}=${JSON.stringify(value)}\n`);
}

/** Markdown on the summary page of the workflow's run; nothing outside GitHub Actions. */
export async function addSummary(env: Env, markdown: string): Promise<void> {
  if (env.GITHUB_STEP_SUMMARY) await appendFile(env.GITHUB_STEP_SUMMARY, `${markdown.trimEnd()}\n\n`);
}

/** Verdicts that refuse or warn, on the page of the workflow's run: workflow commands on standard output. */
export async function annotateVerdicts(verdicts: readonly Verdict[]): Promise<void> {
  const core = await import('@actions/core');
  for (const { id, sentence, verdict } of verdicts) {
    if (!letsThrough(verdict)) core.error(sentence, { title: `${verdict}: ${id}` });
    else if (verdict === 'warn') core.warning(sentence, { title: `${verdict}: ${id}` });
  }
}

/** Plain lines as Markdown that keeps their breaks and indents; a longer fence than any in the text, so that it cannot end early. */
export function asCodeBlock(title: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `### ${title}\n\n${fence}text\n${text.trimEnd()}\n${fence}`;
}
