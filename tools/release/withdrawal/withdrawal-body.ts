import { formatInstant, type RolloutDecision, type Verdict } from '@signalbox/contracts';
import { inert } from '../../handover/index.js';
import { reasonOf, type TakenBack } from './taken-back.js';

/** The request in Markdown: what was decided first, then what it rests on, what happened when, and what a person can do. Pure. */
export function withdrawalBody(about: {
  readonly taken: TakenBack;
  readonly decisions: readonly RolloutDecision[];
  /** The version that the release file then asks for; null: it stays as it is. */
  readonly next: number | null;
}): string {
  const { decisions, taken } = about;
  const decided = decisions.find((one) => one.manifest.serial === taken.since);
  return [
    ...(taken.cause.is === 'rejected' ? rejectedWords(taken, about.next) : emergencyWords(taken, about.next)),
    ...(decided && decided.verdicts.length > 0 ? ['### What was measured', verdictTable(decided.verdicts)] : []),
    ...(decisions.length > 0 ? ['### What happened', timeline(decisions)] : []),
    '### To try this version again',
    tryAgain(taken),
  ].join('\n\n');
}

function rejectedWords(taken: TakenBack, next: number | null): readonly string[] {
  const { champion, digest, manifest, version } = taken;
  const { environment, model } = manifest;
  const serves = `gets no more traffic. Version ${champion.version} serves.`;
  if (next !== null && next !== champion.version) {
    return [
      `**Rejected: version ${next} won the experiment in ${environment}. Version ${version} of ${model} ${serves}**`,
      safe(reasonOf(taken)),
      `Merging this asks for version ${next}, the winner, by the same strategy. **That moves traffic**, by its steps. To keep version ${champion.version} instead, close this and roll back: \`signalbox rollback ${model} --env ${environment}\`.`,
    ];
  }
  const asks = next === null ? 'holds' : `asks for version ${champion.version} again and holds`;
  return [
    `**Rejected: version ${version} of ${model} failed in ${environment} and ${serves}**`,
    safe(reasonOf(taken)),
    `Merging this ${asks} version ${version} (\`${digest}\`). It moves no traffic: the reconciler has taken it back already, and keeps it back.`,
  ];
}

function emergencyWords(taken: TakenBack, next: number | null): readonly string[] {
  const { champion, manifest, version } = taken;
  const asks =
    next === null
      ? `The main branch has no record of version ${champion.version} any more, so this changes nothing: promote another version.`
      : `Merging this makes Git ask for version ${champion.version}, which serves. It moves no traffic, and ends the emergency.`;
  return [
    `**Emergency: version ${champion.version} of ${manifest.model} serves in ${manifest.environment} by what was signed by hand while Git could not be reached. Git asks for version ${version}.**`,
    safe(reasonOf(taken)),
    asks,
  ];
}

function tryAgain({ cause, manifest: { environment, model, serial }, version }: TakenBack): string {
  if (cause.is === 'rejected') {
    return `Find the cause first. Then a person promotes it again, and it starts at its first step: \`signalbox promote ${model} --version ${version} --env ${environment} --re-promote\`. Nothing else brings it back: neither closing this, nor reverting it.`;
  }
  return `Find the cause first. Then merge this and promote it again, or, to let Git decide as it stands, merge a commit whose message ends in \`End-emergency: ${environment}/${model}@${serial}\`: an empty one on a branch of its own, or one that changes \`releases/${environment}/\`. Either way it starts at its first step, and not while a hold names it.`;
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ bound, id, sampleSize, sentence, value, verdict }) =>
    row([
      verdict === 'fail' ? '**fail**' : verdict,
      cell(`\`${id}\``),
      cell(sentence),
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
        cell(reasons.join('; ')),
      ]),
    );
  return [row(['clock', 'event time', 'serial', 'what']), row(new Array(4).fill('---')), ...rows].join('\n');
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const number = (value: number | undefined): string =>
  value === undefined ? '–' : String(Number(value.toPrecision(4)));

/** Sentences may quote pods and people: they mention nobody, and become neither a link nor a tag. */
const safe = (text: string): string => inert(text.trim().replace(/\s+/g, ' '));
/** A bar would end the cell, in code as well. */
const cell = (text: string): string => safe(text).replaceAll('|', '\\|');
