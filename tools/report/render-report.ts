import { drawChart } from './charts/draw.js';
import { rollbackChart } from './charts/rollback.js';
import { calibrationChart, distributionChart, rocChart, type ScoredVersion } from './charts/scores.js';
import { trafficChart } from './charts/traffic.js';
import { type Html, html, trusted } from './html.js';
import type { ReportData } from './report-data.js';
import { actsSection } from './sections/acts.js';
import { figures } from './sections/figures.js';
import { gatesSection } from './sections/gates.js';
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
    qualitySection(data.versions, await drawQuality(data)),
    gatesSection(data.versions),
    ...(data.parity ? [paritySection(data.parity)] : []),
  ];
  return page(data, sections).markup;
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
