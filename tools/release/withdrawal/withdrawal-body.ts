import { formatInstant, type RolloutDecision, type Verdict } from '@signalbox/contracts';
import type { Rejected } from './plan-withdrawal.js';

/** The request in Markdown: what was decided first, then what it rests on, what happened when, and what a person can do. Pure. */
export function withdrawalBody(
  about: Rejected & {
    readonly decisions: readonly RolloutDecision[];
    /** Whether the release file goes back to what serves. */
    readonly reverts: boolean;
  },
): string {
  const { champion, decisions, manifest, rejection, reverts, version } = about;
  const { environment, model } = manifest;
  const decided = decisions.find((one) => one.manifest.serial === rejection.serial);
  const asks = reverts ? `asks for version ${champion.version} again and holds` : 'holds';
  return [
    `**Rejected: version ${version} of ${model} failed in ${environment} and gets no more traffic. Version ${champion.version} serves.**`,
    safe(rejection.reason),
    `Merging this ${asks} version ${version} (\`${rejection.digest}\`). It moves no traffic: the reconciler has taken it back already, and keeps it back.`,
    ...(decided ? ['### What was measured', verdictTable(decided.verdicts)] : []),
    ...(decisions.length > 0 ? ['### What happened', timeline(decisions)] : []),
    '### To try this version again',
    `Find the cause first. Then a person promotes it again, and it starts at its first step: \`signalbox promote ${model} --version ${version} --env ${environment} --re-promote\`. Nothing else brings it back: neither closing this, nor reverting it.`,
  ].join('\n\n');
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ bound, id, sampleSize, sentence, value, verdict }) =>
    row([
      verdict === 'fail' ? '**fail**' : verdict,
      `\`${id}\``,
      sentence,
      number(value),
      number(bound),
      number(sampleSize),
    ]),
  );
  return [
    row(['verdict', 'of', 'in words', 'measured', 'bound', 'requests']),
    row(new Array(6).fill('---')),
    ...rows,
  ].join('\n');
}

/** Oldest first: the way of one version from its start to its end. */
function timeline(decisions: readonly RolloutDecision[]): string {
  const rows = [...decisions]
    .reverse()
    .map(({ decidedAtMs, eventNowUs, manifest, reasons }) =>
      row([
        new Date(decidedAtMs).toISOString(),
        eventNowUs === null ? '–' : formatInstant(Math.floor(eventNowUs / 1e6) * 1e6),
        String(manifest.serial),
        reasons.join('; '),
      ]),
    );
  return [row(['clock', 'event time', 'serial', 'what']), row(new Array(4).fill('---')), ...rows].join('\n');
}

const row = (cells: readonly string[]): string =>
  `| ${cells.map((one) => (one === '---' ? one : safe(one))).join(' | ')} |`;
const number = (value: number | undefined): string =>
  value === undefined ? '–' : String(Number(value.toPrecision(4)));

/** Sentences may quote pods, and a cell must not end, mention anybody, or become a link or a tag. */
function safe(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[|[\]<>@]/g, (one) => `&#${one.charCodeAt(0)};`);
}
