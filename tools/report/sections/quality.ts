import { type Html, html, trusted } from '../html.js';
import type { ReportVersion } from '../report-data.js';
import { metricName } from '../words.js';

export interface QualityCharts {
  readonly roc: string;
  readonly calibration: string;
  /** One a version, in the order of the versions. */
  readonly distributions: readonly string[];
}

/** How good each version is, on the same held-out rows, scored by the runtime that serves. */
export function qualitySection(versions: readonly ReportVersion[], charts: QualityCharts | null): Html {
  const metrics = [...new Set(versions.flatMap((version) => Object.keys(version.metrics)))];
  const rows = versions.find((version) => version.scores)?.scores?.labels.length ?? 0;
  return html`<section>
    <h2>How good the versions are</h2>
    <p class="lead">Measured on ${rows.toLocaleString('en')} held-out flights of a later month, the same rows for every version, by the runtime that serves.</p>
    ${charts ? chartGrid(charts) : ''}
    <div class="scroll"><table>
      <thead><tr><th>Metric</th>${versions.map((version) => html`<th class="number">Version ${version.version}</th>`)}</tr></thead>
      <tbody>
        ${metrics.map((metric) => html`<tr><td>${metricName(metric)}</td>${versions.map((version) => metricCell(version, metric))}</tr>`)}
        <tr><td>Features</td>${versions.map((version) => html`<td class="number">${version.features}</td>`)}</tr>
      </tbody>
    </table></div>
  </section>`;
}

function chartGrid(charts: QualityCharts): Html {
  return html`<div class="charts">
    <figure>${trusted(charts.roc)}<figcaption>ROC: the further above the diagonal, the better late flights are told from the rest.</figcaption></figure>
    <figure>${trusted(charts.calibration)}<figcaption>Calibration: on the diagonal, a score of 30 % means late three times in ten.</figcaption></figure>
    ${charts.distributions.map((svg) => html`<figure>${trusted(svg)}<figcaption>Scores of late and on-time flights: the less they overlap, the better.</figcaption></figure>`)}
  </div>`;
}

function metricCell(version: ReportVersion, name: string): Html {
  const metric = version.metrics[name];
  if (!metric) return html`<td class="number quiet">none</td>`;
  const interval = metric.interval
    ? html` <small class="quiet">${metric.interval[0].toFixed(3)} to ${metric.interval[1].toFixed(3)}</small>`
    : '';
  return html`<td class="number">${metric.value.toFixed(3)}${interval}</td>`;
}
