import { letsThrough, type MetricName, type Verdict } from '@signalbox/contracts';
import { type Evaluation, METRICS } from '../evaluation/index.js';
import { between, count, figure, verdictsLetThrough } from '../gates/index.js';
import type { ThresholdChange } from './threshold-changes.js';

export interface ReportFacts {
  readonly model: string;
  readonly version: number;
  readonly environment: string;
  readonly champion: { readonly version: number } | null;
  readonly verdicts: readonly Verdict[];
  readonly evaluation: Evaluation;
  /** Features against the champion's. */
  readonly features: { readonly added: readonly string[]; readonly removed: readonly string[]; readonly count: number };
  readonly period: {
    readonly training: { readonly from: string; readonly to: string; readonly rows: number };
    readonly evaluation: { readonly from: string; readonly to: string };
  };
  /** Rules of judgement that the branch itself changes. */
  readonly thresholds: readonly ThresholdChange[];
  readonly package: string;
  readonly commit: string;
  readonly run: { readonly id: string; readonly cpuSeconds: number; readonly peakBytes: number };
}

const SIGNS: Readonly<Record<Verdict['verdict'], string>> = {
  pass: '✅ pass',
  warn: '⚠️ warn',
  fail: '❌ fail',
  inconclusive: '❔ inconclusive',
  'no-data': '❔ no data',
  bootstrap: '🌱 first',
  error: '❌ error',
};

/** GitHub refuses a comment of 65,536 characters, so lists are cut, refusals kept, and what is left out is counted. */
const SHOWN = { refusals: 5, sentences: 40, gates: 120, changes: 40, features: 30 } as const;

/** The report of a pull request, in Markdown: the verdict first, then what it rests on, then how to go back. */
export function renderReport(facts: ReportFacts): string {
  return [
    headline(facts),
    sentences(facts.verdicts),
    changedRules(facts.thresholds),
    '### Scores\n',
    scoreTable(facts),
    chart(facts),
    '### Gates\n',
    gateTable(facts.verdicts),
    origin(facts),
    wayBack(facts),
  ].join('\n');
}

function headline({ model, version, verdicts, champion, environment }: ReportFacts): string {
  const refused = verdicts.filter(({ verdict }) => !letsThrough(verdict));
  const against =
    champion === null ? 'there is no champion yet' : `against version ${champion.version}, live in ${environment}`;
  if (verdictsLetThrough(verdicts)) {
    return `## ✅ ${model} version ${version} may be released (${against})\n`;
  }
  return `## ❌ ${model}: this candidate is refused by ${named(
    refused.map(({ id }) => id),
    SHOWN.refusals,
  )} (${against})\n`;
}

/** What a reader must know at once: everything that refused or warned. */
function sentences(verdicts: readonly Verdict[]): string {
  const told = verdicts.filter(({ verdict }) => !letsThrough(verdict) || verdict === 'warn');
  if (told.length === 0) return `All ${verdicts.length} gates let it through.\n`;
  const lines = told.slice(0, SHOWN.sentences).map(({ id, sentence }) => `- \`${id}\`: ${sentence}`);
  return `${lines.join('\n')}${andMore(told, SHOWN.sentences, '\n- ')}\n`;
}

function changedRules(changes: readonly ThresholdChange[]): string {
  if (changes.length === 0) return '';
  const lines = changes
    .slice(0, SHOWN.changes)
    .map(({ field, before, after }) => `> - \`${field}\`: ${before} → ${after}`);
  return `> [!WARNING]\n> This branch changes the rules that it is judged by:\n${lines.join('\n')}${andMore(changes, SHOWN.changes, '\n> - ')}\n`;
}

function scoreTable({ evaluation, champion, version }: ReportFacts): string {
  const names = Object.keys(evaluation.overall.candidate.metrics) as MetricName[];
  const head =
    champion === null
      ? ['metric', `version ${version}`]
      : ['metric', `version ${version}`, `version ${champion.version}`, 'difference'];
  const rows = names.map((name) => {
    const ours = evaluation.overall.candidate.metrics[name];
    const theirs = evaluation.overall.champion?.metrics[name];
    const difference = evaluation.overall.differences[name];
    const cells = [METRICS[name].title, value(ours)];
    if (champion === null) return cells;
    const gap = difference?.defined
      ? `${signed(difference.value)} (${between(difference.interval)})`
      : 'not comparable';
    return [...cells, value(theirs), gap];
  });
  return `${table(head, rows)}\n\nOn ${count(evaluation.rows)} rows, scored by the serving runtime${champion === null ? '' : ', the same rows for both'}.\n`;
}

/** AUC overall and by slice, as a chart that GitHub draws itself. */
function chart({ evaluation, champion }: ReportFacts): string {
  const parts = [
    ['all', evaluation.overall] as const,
    ...Object.entries(evaluation.slices).flatMap(([name, { comparison }]) =>
      comparison === null ? [] : [[name, comparison] as const],
    ),
  ].filter(([, part]) => part.candidate.metrics.auc !== undefined);
  if (parts.length === 0) return '';
  const points = (side: 'candidate' | 'champion') =>
    parts.map(([, part]) => (part[side]?.metrics.auc?.value ?? 0).toFixed(4)).join(', ');
  const lines = [
    '```mermaid',
    'xychart-beta',
    `  title "Area under the ROC curve by slice${champion === null ? '' : ' (bars: candidate, line: champion)'}"`,
    `  x-axis [${parts.map(([name]) => `"${name}"`).join(', ')}]`,
    '  y-axis "AUC" 0.5 --> 1',
    `  bar [${points('candidate')}]`,
    ...(champion === null ? [] : [`  line [${points('champion')}]`]),
    '```',
  ];
  return `${lines.join('\n')}\n`;
}

function gateTable(verdicts: readonly Verdict[]): string {
  const refusalsFirst = [...verdicts].sort((a, b) => Number(letsThrough(a.verdict)) - Number(letsThrough(b.verdict)));
  const rows = refusalsFirst
    .slice(0, SHOWN.gates)
    .map(({ id, verdict, value: found, interval, bound, formula, sampleSize }) => [
      `\`${id}\``,
      SIGNS[verdict],
      found === undefined
        ? ''
        : `${figure(found)}${interval ? ` [${figure(interval[0])}, ${figure(interval[1])}]` : ''}`,
      bound === undefined ? '' : figure(bound),
      formula ?? '',
      sampleSize === undefined ? '' : count(sampleSize),
    ]);
  return `${table(['gate', 'verdict', 'value', 'bound', 'formula', 'sample'], rows)}\n${andMore(verdicts, SHOWN.gates, '\n')}`;
}

function origin({ period, features, champion, commit, run, package: digest }: ReportFacts): string {
  const change =
    champion === null
      ? ''
      : ` Against version ${champion.version}: ${named(features.added, SHOWN.features)} new, ${named(features.removed, SHOWN.features)} gone.`;
  return [
    '### Where it comes from\n',
    `- Trained on ${count(period.training.rows)} rows from ${period.training.from} to ${period.training.to}, evaluated from ${period.evaluation.from} to ${period.evaluation.to} (ends excluded).`,
    `- ${features.count} features.${change}`,
    `- Commit \`${commit.slice(0, 12)}\`, run \`${run.id}\`, package \`${digest}\`.`,
    `- Training took ${figure(run.cpuSeconds)} s of processor time and ${Math.round(run.peakBytes / 2 ** 20)} MiB.\n`,
  ].join('\n');
}

function wayBack({ model, environment, champion, version }: ReportFacts): string {
  const back =
    champion === null
      ? 'Before a first release there is nothing to go back to.'
      : `Once version ${version} is live, revert the merge of its release, or run \`npx signalbox rollback ${model} --env ${environment}\`: version ${champion.version} is kept warm, so pods answer with it within seconds.`;
  return `### How to go back\n\nMerging this releases nothing by itself: a second, small pull request to \`releases/${environment}/${model}.yaml\` does. ${back}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function value(metric: { readonly value: number; readonly interval?: readonly [number, number] } | undefined): string {
  if (metric === undefined) return 'missing';
  return `${figure(metric.value)}${metric.interval ? ` (${between(metric.interval)})` : ''}`;
}

function signed(difference: number): string {
  return difference > 0 ? `+${figure(difference)}` : figure(difference);
}

function named(names: readonly string[], shown: number): string {
  if (names.length === 0) return 'none';
  const listed = names.slice(0, shown).map((name) => `\`${name}\``);
  return `${listed.join(', ')}${andMore(names, shown, ' ')}`;
}

function andMore(all: readonly unknown[], shown: number, before: string): string {
  return all.length <= shown ? '' : `${before}and ${count(all.length - shown)} more`;
}
