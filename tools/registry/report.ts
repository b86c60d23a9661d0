import { letsThrough, type MetricName, type Verdict } from '@signalbox/contracts';
import { type Evaluation, METRICS, type ScoreComparison } from '../evaluation/index.js';
import { between, count, figure, verdictsLetThrough } from '../gates/index.js';
import { code, codeBlock, visible } from '../handover/index.js';
import { andMore, barChart, fold, named, table } from './markdown.js';
import { gateTable, toldVerdicts } from './report-verdicts.js';
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
  /** The last lines of the trainer's log, each safe to show. */
  readonly log: readonly string[];
}

/** Lists are cut, and what is left out is counted. */
const SHOWN = { refusals: 5, changes: 40, features: 30, slices: 20, logCharacters: 200 } as const;

/** GitHub refuses a comment of 65,536 characters. */
const MAX_CHARACTERS = 65_535;

/** The report of a pull request, in Markdown: the verdict first, then what it rests on, then how to go back. */
export function renderReport(facts: ReportFacts): string {
  const sections = [
    headline(facts),
    changedRules(facts.thresholds),
    toldVerdicts(facts.verdicts),
    '### Scores\n',
    scoreTable(facts),
    charts(facts),
    wayBack(facts),
    origin(facts),
    logOf(facts),
  ].filter((section) => section !== '');
  const gates = gateTable(facts.verdicts);
  const whole = [...sections, gates].join('\n');
  // The told verdicts are what people need; the table only repeats their figures.
  return whole.length <= MAX_CHARACTERS ? whole : sections.join('\n').slice(0, MAX_CHARACTERS);
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

function changedRules(changes: readonly ThresholdChange[]): string {
  if (changes.length === 0) return '';
  const lines = changes
    .slice(0, SHOWN.changes)
    .map(({ field, before, after }) => `> - ${code(field)}: ${code(before)} → ${code(after)}`);
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

/** Metrics against the champion's, and the area under the curve slice by slice. */
function charts({ evaluation, champion }: ReportFacts): string {
  const against = champion === null ? '' : ' (bars: candidate, line: champion)';
  const bar = (name: string, part: ScoreComparison, metric: MetricName) =>
    [name, part.candidate.metrics[metric]!.value, part.champion?.metrics[metric]?.value ?? null] as const;
  const metrics = Object.keys(evaluation.overall.candidate.metrics) as MetricName[];
  const slices = Object.entries(evaluation.slices).flatMap(([name, { comparison }]) =>
    comparison?.candidate.metrics.auc === undefined ? [] : [bar(name, comparison, 'auc')],
  );
  const drawn: string[] = [];
  if (metrics.length > 0) {
    const bars = metrics.map((metric) => bar(metric, evaluation.overall, metric));
    drawn.push(barChart({ title: `Metrics on all rows${against}`, axis: 'value', bars }));
  }
  if (slices.length > 0 && evaluation.overall.candidate.metrics.auc !== undefined) {
    const bars = [bar('all', evaluation.overall, 'auc'), ...slices.slice(0, SHOWN.slices)];
    drawn.push(barChart({ title: `Area under the ROC curve by slice${against}`, axis: 'AUC', bars }));
  }
  return `${drawn.join('\n\n')}\n`;
}

function origin({ period, features, champion, commit, run, package: digest }: ReportFacts): string {
  const change =
    champion === null
      ? ''
      : ` Against version ${champion.version}: ${named(features.added, SHOWN.features)} new, ${named(features.removed, SHOWN.features)} gone.`;
  const lines = [
    `- Trained on ${count(period.training.rows)} rows from ${period.training.from} to ${period.training.to}, evaluated from ${period.evaluation.from} to ${period.evaluation.to} (ends excluded).`,
    `- ${features.count} features.${change}`,
    `- Commit \`${commit.slice(0, 12)}\`, run \`${run.id}\`, package \`${digest}\`.`,
    `- Training took ${figure(run.cpuSeconds)} s of processor time and ${Math.round(run.peakBytes / 2 ** 20)} MiB.`,
  ];
  return fold('Where it comes from', lines.join('\n'));
}

/** Written by the branch's own code: shown as it is, and as nothing but text. */
function logOf({ log }: ReportFacts): string {
  if (log.length === 0) return '';
  const lines = log.map((line) => visible(line, SHOWN.logCharacters));
  return fold('The end of the trainer’s log', codeBlock(lines));
}

function wayBack({ model, environment, champion, version }: ReportFacts): string {
  const back =
    champion === null
      ? 'Before a first release there is nothing to go back to.'
      : `Once version ${version} is live, revert the merge of its release, or run \`npx signalbox rollback ${model} --env ${environment}\`: version ${champion.version} is kept warm, so pods answer with it within seconds.`;
  return `### How to go back\n\nMerging this releases nothing by itself: a second, small pull request to \`releases/${environment}/${model}.yaml\` does. ${back}\n`;
}

function value(metric: { readonly value: number; readonly interval?: readonly [number, number] } | undefined): string {
  if (metric === undefined) return 'missing';
  return `${figure(metric.value)}${metric.interval ? ` (${between(metric.interval)})` : ''}`;
}

function signed(difference: number): string {
  return difference > 0 ? `+${figure(difference)}` : figure(difference);
}
