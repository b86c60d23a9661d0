import { count, type ReportData, type ReportVersion } from '../report/index.js';
import type { DemoSummary } from './summary.js';

/** The table that ends the demo. */
export function summaryTable(
  summary: DemoSummary,
  report: Pick<ReportData, 'requests' | 'versions'>,
  { keep }: { readonly keep: boolean },
): string {
  const { requests, failed, degraded, parity, pods } = summary;
  const { medianMs, p99Ms } = report.requests;
  const rows: [string, string][] = [
    [
      'Requests',
      `${count(requests)}, ${count(failed)} without a useful answer, ${count(degraded)} degraded; ` +
        `median ${medianMs.toFixed(1)} ms, p99 ${p99Ms.toFixed(1)} ms`,
    ],
    [
      'Acts',
      `${summary.acts.map((act) => `${act.name} ${act.seconds.toFixed(1)} s`).join(', ')}; ${summary.wallSeconds.toFixed(1)} s in all`,
    ],
    ...report.versions.map((version): [string, string] => [`Version ${version.version}`, versionLine(version)]),
    ['Rollback', `${summary.rollbackSeconds.toFixed(2)} s, ${summary.rollbackAllowedSeconds.toFixed(2)} s allowed`],
    [
      'Parity',
      `${count(parity.checked)} answers recomputed offline, ${count(parity.unexplained)} unexplained differences`,
    ],
    ['Pods', `${pods.map(({ http }) => http).join('  ')}${keep ? '' : '  (stopped; --keep leaves them running)'}`],
    ['Report', summary.report],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`).join('\n');
}

function versionLine({ outcome, metrics, features, digest }: ReportVersion): string {
  const auc = metrics.auc;
  const interval = auc?.interval ? ` (${auc.interval[0].toFixed(3)} to ${auc.interval[1].toFixed(3)})` : '';
  const quality = auc ? `AUC ${auc.value.toFixed(3)}${interval}` : 'no AUC';
  return `${outcome.replace('-', ' ')}; ${quality}, ${features} features, ${digest.slice(0, 19)}`;
}
