import { drawChart } from './charts/draw.js';
import { distanceChart, sharesChart } from './charts/drift.js';
import { rollbackChart } from './charts/rollback.js';
import { calibrationChart, distributionChart, rocChart, type ScoredVersion } from './charts/scores.js';
import { trafficChart } from './charts/traffic.js';
import { type Html, html, trusted } from './html.js';
import type { ReportData, ReportDrift } from './report-data.js';
import { actsSection } from './sections/acts.js';
import { blockedSection } from './sections/blocked.js';
import { type DriftCharts, drawnSignals, driftSection } from './sections/drift.js';
import { figures } from './sections/figures.js';
import { gatesSection } from './sections/gates.js';
import { lineageSection } from './sections/lineage.js';
import { paritySection } from './sections/parity.js';
import { type QualityCharts, qualitySection } from './sections/quality.js';
import { rollbackSection } from './sections/rollback.js';
import { rolloutSection } from './sections/rollout.js';
import { STYLE } from './style.js';
import { count, seconds } from './words.js';

/** One self-contained HTML page: no script, no font, no image from elsewhere. */
export async function renderReport(data: ReportData): Promise<string> {
  const sections = [
    figures(data),
    actsSection(data.acts),
    rolloutSection(
      data.rollout,
      await drawChart(trafficChart(data.traffic, data.rollout), 'Share of answers by version'),
    ),
    ...(data.rollback
      ? [rollbackSection(data.rollback, await drawChart(rollbackChart(data.rollback), 'Answers around the revert'))]
      : []),
    ...(data.blocked === undefined || data.blocked.length === 0 ? [] : [blockedSection(data.blocked)]),
    ...(data.drift === undefined ? [] : [driftSection(data.drift, await drawDrift(data.drift))]),
    qualitySection(data.versions, await drawQuality(data)),
    gatesSection(data.versions),
    ...(data.parity ? [paritySection(data.parity)] : []),
    ...(data.lineage === undefined ? [] : [lineageSection(data.lineage)]),
  ];
  return page(data, sections).markup;
}

async function drawDrift(drift: ReportDrift): Promise<readonly DriftCharts[]> {
  const charts: DriftCharts[] = [];
  for (const signal of drawnSignals(drift)) {
    const { name } = signal;
    charts.push({
      name,
      shares: await drawChart(sharesChart(signal), `Shares of ${name}, live and in the reference`),
      distances: await drawChart(distanceChart(signal, drift.windows), `Distance of ${name} by window`),
    });
  }
  return charts;
}

async function drawQuality(data: ReportData): Promise<QualityCharts | null> {
  const scored: ScoredVersion[] = data.versions.flatMap(({ version, scores }) =>
    scores ? [{ version, rows: scores }] : [],
  );
  if (scored.length === 0) return null;
  const distributions = [];
  for (const version of scored) {
    distributions.push(await drawChart(distributionChart(version), `Scores of version ${version.version}`));
  }
  return {
    roc: await drawChart(rocChart(scored), 'ROC curves'),
    calibration: await drawChart(calibrationChart(scored), 'Calibration'),
    distributions,
  };
}

function page(data: ReportData, sections: readonly Html[]): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${data.title}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<main>
<header>
  <div class="kicker">Signalbox · ${data.model} in ${data.environment}</div>
  <h1>${data.title}</h1>
  <p class="lead">${summarySentence(data)}</p>
</header>
${sections}
<footer>Written by Signalbox on ${new Date(data.generatedAtMs).toUTCString()}. Event times are those of the data (UTC); wall times are UTC.</footer>
</main>
</body>
</html>
`;
}

function summarySentence({ requests, rollback }: ReportData): string {
  const answered =
    requests.failed === 0
      ? `Not one of ${count(requests.total)} requests went without a useful answer`
      : `${count(requests.failed)} of ${count(requests.total)} requests went without a useful answer`;
  return rollback
    ? `${answered}, and a git revert took version ${rollback.fromVersion} off every pod in ${seconds(rollback.seconds)}.`
    : `${answered}.`;
}
