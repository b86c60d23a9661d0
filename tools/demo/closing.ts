import { writeFile } from 'node:fs/promises';
import { formatInstant } from '@signalbox/contracts';
import { renderReport } from '../report/index.js';
import { rollbackSeconds } from './acts/revert.js';
import { describeVersions } from './describe-versions.js';
import type { Measured, Played } from './played.js';
import { reportOf } from './report-of.js';
import { readPublications } from './rollout-log.js';
import { ENVIRONMENT, MODEL, type Serving, type Stage } from './stage.js';
import { type DemoSummary, summaryOf } from './summary.js';
import { summaryTable } from './summary-table.js';

export interface DemoResult {
  readonly summary: DemoSummary;
  /** The table that ends the demo. */
  readonly text: string;
}

/** Writes the report, and sums everything up from what was measured. */
export async function closing(stage: Stage, serving: Serving, played: Played): Promise<DemoResult> {
  const publications = await readPublications(stage.rolloutLog);
  const measured: Measured = {
    ...played,
    publications,
    versions: await describeVersions(stage, publications, played.proposed),
    rollbackSeconds: rollbackSeconds(stage, played.rollback),
    wallSeconds: (performance.now() - played.startedAt) / 1000,
  };
  const report = reportOf(stage, measured);
  await writeFile(stage.scratch.report, await renderReport(report));
  const summary = summaryOf(stage, serving, measured);
  const table = summaryTable(summary, report, { keep: stage.keep });
  return { summary, text: stage.keep ? `${table}\n\n${keptText(stage, serving)}` : table };
}

/** What goes on running, what to try with it, and how to stop it. */
function keptText({ processes, scratch }: Stage, { pods, replay }: Serving): string {
  const request = {
    entities: { origin: 'ATL', route: { origin: 'ATL', destination: 'JFK' } },
    request: { distance: 760 },
    at: formatInstant(replay.nowUs),
  };
  return [
    `  Still running: ${processes.running.map(({ name, pid }) => `${name} (${pid})`).join(', ')}. Try`,
    `    curl -s ${pods[0]!.address}/v1/models/${MODEL}/predict -H 'content-type: application/json' -d '${JSON.stringify(request)}'`,
    `    cd ${scratch.work} && npx signalbox status --env ${ENVIRONMENT}`,
    `  and stop them all with`,
    `    kill ${processes.running.map(({ pid }) => pid).join(' ')}`,
  ].join('\n');
}
