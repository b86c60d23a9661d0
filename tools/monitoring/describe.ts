import { formatDurationMs, formatInstant, letsThrough, US_PER_MS, type Verdict } from '@signalbox/contracts';
import type { MonitoredWindow, MonitorReport } from './report.js';
import { count, percent } from './words.js';

/** For a terminal: what was looked at, what calls for somebody, then the rest in a line each. */
export function describeMonitoring(report: MonitorReport): string {
  const { environment, fromUs, live, model, problems, quality, toUs, verdicts, windows } = report;
  const period = toUs === 0 ? '' : `, ${formatInstant(fromUs)} to ${formatInstant(toUs)}`;
  const calling = verdicts.filter(({ verdict }) => !letsThrough(verdict) || verdict === 'warn');
  return [
    `${model} version ${live.version} in ${environment}${period}: ${summarise(verdicts)}`,
    ...grouped(calling).map((line) => `  ${line}`),
    ...windows.map((window) => `  ${describeWindow(window)}`),
    ...(quality === null ? [] : [`  outcomes: ${describeOutcomes(quality)}`]),
    ...problems.map((problem) => `  evidence: ${problem}`),
  ].join('\n');
}

function summarise(verdicts: readonly Verdict[]): string {
  const kinds = new Map<string, number>();
  for (const { verdict } of verdicts) kinds.set(verdict, (kinds.get(verdict) ?? 0) + 1);
  return [...kinds].map(([kind, times]) => `${times} ${kind}`).join(', ');
}

/** Signals of which the same is to be said share a line: without traffic that is all of them. */
function grouped(verdicts: readonly Verdict[]): readonly string[] {
  const groups = new Map<string, { readonly first: Verdict; more: number }>();
  for (const verdict of verdicts) {
    const said = `${verdict.verdict} ${verdict.sentence}`;
    const group = groups.get(said);
    if (group === undefined) groups.set(said, { first: verdict, more: 0 });
    else group.more++;
  }
  return [...groups.values()].map(({ first, more }) => {
    const { id, sentence, verdict } = first;
    return `${verdict.padEnd(12)} ${id}${more === 0 ? '' : ` and ${more} more`}: ${sentence}`;
  });
}

function describeWindow({ coverage, fromUs, toUs, traffic }: MonitoredWindow): string {
  const length = formatDurationMs((toUs - fromUs) / US_PER_MS);
  const shares = [
    ...(traffic.failed === null ? [] : [`${percent(traffic.failed)} failed`]),
    ...(traffic.degraded === null ? [] : [`${percent(traffic.degraded)} degraded`]),
  ];
  const partly = { whole: '', first: 'traffic began in it', 'taken-over': 'another version was live in a part of it' };
  const notes = traffic.asked === 0 ? [] : [...shares, partly[coverage]].filter((note) => note !== '');
  return `${formatInstant(fromUs)} ${length}: ${count(traffic.asked)} requests${notes.map((note) => `, ${note}`).join('')}`;
}

function describeOutcomes(quality: NonNullable<MonitorReport['quality']>): string {
  const { answers, contradicted, early, labelled, notLabels, repeated, unknown, unreadable, waiting } = quality;
  const odd = { repeated, contradicted, early, unknown, unreadable, 'not labels': notLabels };
  const said = Object.entries(odd).flatMap(([what, times]) => (times === 0 ? [] : [`${count(times)} ${what}`]));
  const parts = [
    `${count(labelled)} of ${count(answers)} sampled answers labelled`,
    `${count(waiting)} waiting`,
    ...said,
  ];
  return parts.join(', ');
}
