import { appendFile, stat } from 'node:fs/promises';
import { type Finding, letsThrough, type SignalboxError, type Verdict, visible } from '@signalbox/contracts';
import type { CommandContext } from './command.js';

type Env = CommandContext['env'];
type Core = typeof import('@actions/core');

/** GitHub drops the whole summary of a step that is larger than this, with an error on the run. */
const SUMMARY_LIMIT_BYTES = 1024 * 1024;
/** GitHub shows so many errors and so many warnings of one step, and drops the rest without a word. */
const SHOWN_A_STEP = 10;
/** Shorter words of a secret stand in too much ordinary text to be blotted out. */
const SHORTEST_SECRET = 16;
/** What carries secrets into a verb. A line of several is masked word by word: GitHub itself only hides the whole. */
const SECRET_VARIABLES = [
  ...['SIGNALBOX_KEYS', 'SIGNALBOX_APP_KEY', 'SIGNALBOX_GITHUB_TOKEN'],
  'SIGNALBOX_PROMETHEUS_AUTHORIZATION',
] as const;

/** Whether what a verb writes to standard output is read for workflow commands. Loaded only then: elsewhere `@actions/core` is no use. */
async function actions(env: Env): Promise<Core | null> {
  return env.GITHUB_ACTIONS === 'true' ? import('@actions/core') : null;
}

/** An output of the workflow's step, as JSON on one line; nothing outside GitHub Actions. */
export async function setOutput(env: Env, name: string, value: unknown): Promise<void> {
  if (env.GITHUB_OUTPUT) (await actions(env))?.setOutput(name, JSON.stringify(value));
}

/** Markdown on the summary page of the workflow's run, cut where the page is full; nothing outside GitHub Actions. */
export async function addSummary(env: Env, markdown: string): Promise<void> {
  const page = env.GITHUB_STEP_SUMMARY;
  if (!page || env.GITHUB_ACTIONS !== 'true') return;
  const { size } = await stat(page);
  // Not by `@actions/core`: it keeps the first page that a process ever wrote to.
  await appendFile(page, `${fitSummary(markdown.trimEnd(), SUMMARY_LIMIT_BYTES - size)}\n\n`);
}

const CUT = '\n\n*Cut here: the page of a step holds 1 MiB. The log of the step has the rest.*';

/** As many whole lines as fit, and a word that it was cut; a code block that is cut is closed. Nothing where not even that fits. Pure. */
export function fitSummary(markdown: string, roomBytes: number): string {
  if (Buffer.byteLength(markdown) + 2 <= roomBytes) return markdown;
  let room = roomBytes - Buffer.byteLength(CUT) - 2;
  const kept: string[] = [];
  let fence = '';
  for (const line of markdown.split('\n')) {
    room -= Buffer.byteLength(line) + 1;
    const ticks = /^`{3,}/.exec(line)?.[0] ?? '';
    const next = fence === '' ? ticks : ticks === fence ? '' : fence;
    if (room < next.length + 1) break;
    kept.push(line);
    fence = next;
  }
  if (room <= 0 && kept.length === 0) return '';
  return `${[...kept, ...(fence === '' ? [] : [fence])].join('\n')}${CUT}`;
}

/** Verdicts that refuse or warn, on the page of the workflow's run. */
export async function annotateVerdicts(env: Env, verdicts: readonly Verdict[]): Promise<void> {
  const told = verdicts.filter(({ verdict }) => !letsThrough(verdict) || verdict === 'warn');
  await annotate(
    env,
    told.map(({ id, sentence, verdict }) => ({
      level: verdict === 'warn' ? 'warning' : 'error',
      text: sentence,
      properties: { title: `${verdict}: ${id}` },
    })),
  );
}

/** Findings beside the lines of a pull request. */
export async function annotateFindings(env: Env, findings: readonly Finding[]): Promise<void> {
  await annotate(
    env,
    findings.map(({ severity, message, hint, place, code }) => ({
      level: severity,
      text: `${place.field ? `${place.field}: ` : ''}${message}${hint ? `\n${hint}` : ''}`,
      properties: {
        title: code,
        file: place.file,
        ...(place.line === undefined ? {} : { startLine: place.line }),
        ...(place.column === undefined ? {} : { startColumn: place.column }),
      },
    })),
  );
}

/** Why a verb ended: what it found at its lines, or its one sentence. */
export async function annotateError(env: Env, error: SignalboxError): Promise<void> {
  if (error.findings.length > 0) return annotateFindings(env, error.findings);
  const text = error.hint === undefined ? error.message : `${error.message}\n${error.hint}`;
  await annotate(env, [{ level: 'error', text, properties: { title: error.code } }]);
}

interface Annotation {
  readonly level: 'error' | 'warning';
  readonly text: string;
  readonly properties: { readonly title: string; readonly file?: string; readonly startLine?: number };
}

async function annotate(env: Env, annotations: readonly Annotation[]): Promise<void> {
  const core = await actions(env);
  if (core === null) return;
  for (const level of ['error', 'warning'] as const) {
    const ofLevel = annotations.filter((annotation) => annotation.level === level);
    const shown = ofLevel.length > SHOWN_A_STEP ? ofLevel.slice(0, SHOWN_A_STEP - 1) : ofLevel;
    for (const { text, properties } of shown) core[level](text.split('\n').map(shownWhole).join('\n'), properties);
    const more = ofLevel.length - shown.length;
    if (more > 0) core[level](`${more} more: see the log of this step`, { title: `${more} more` });
  }
}

/** Messages hold names and words of others; what is not seen there is written out. */
const shownWhole = (line: string): string => visible(line, Number.POSITIVE_INFINITY);

/** Hides each secret word that the environment brought, before anything is said. */
export async function maskSecrets(env: Env): Promise<void> {
  const core = await actions(env);
  if (core === null) return;
  const words = SECRET_VARIABLES.flatMap((name) => (env[name] ?? '').split(/[\s=]+|\\n/));
  for (const word of new Set(words))
    if (word.length >= SHORTEST_SECRET && !/^https?:\/\//.test(word)) core.setSecret(word);
}

/** Plain lines as Markdown that keeps their breaks and indents; a longer fence than any in the text, so that it cannot end early. */
export function asCodeBlock(title: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  return `### ${title}\n\n${fence}text\n${text.trimEnd()}\n${fence}`;
}
