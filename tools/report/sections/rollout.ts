import { type Html, html, trusted } from '../html.js';
import type { RolloutEntry } from '../report-data.js';
import { eventTime, percent, wallClock } from '../words.js';

/** Every manifest that was published: what pods were told, when, and why. */
export function rolloutSection(rollout: readonly RolloutEntry[], trafficSvg: string): Html {
  return html`<section>
    <h2>Who answered</h2>
    <p class="lead">Each step of the rollout is one signed manifest. Pods poll it, verify it, and split the traffic by it; dashed lines mark the moments of publication.</p>
    <figure class="wide">${trusted(trafficSvg)}</figure>
    <div class="scroll"><table>
      <thead><tr><th class="number">Serial</th><th>Published</th><th>Phase</th><th>Split</th><th>Why</th></tr></thead>
      <tbody>
        ${rollout.map(
          (entry) => html`<tr>
            <td class="number">${entry.serial}</td>
            <td class="nowrap">${wallClock(entry.wallMs)}<br><small class="quiet">event time ${eventTime(entry.eventUs)}</small></td>
            <td><span class="tag">${entry.phase}</span></td>
            <td class="nowrap">${splitBar(entry)}</td>
            <td>${entry.reason}</td>
          </tr>`,
        )}
      </tbody>
    </table></div>
  </section>`;
}

function splitBar(entry: RolloutEntry): Html {
  const share = entry.candidate === null ? 0 : entry.share;
  return html`<span class="split" aria-hidden="true" style="--champion:var(--series-${seriesOf(entry.champion)});--candidate:var(--series-${seriesOf(entry.candidate ?? 1)});--share:${(share * 100).toFixed(1)}%"></span> ${splitWords(entry, share)}`;
}

function splitWords({ champion, candidate, shadowShare }: RolloutEntry, share: number): string {
  if (candidate === null) return `v${champion} all`;
  if (share === 0) return `v${champion} all, copies of ${percent(shadowShare)} to v${candidate}`;
  return `v${candidate} ${percent(share)}, v${champion} ${percent(1 - share)}`;
}

function seriesOf(version: number): number {
  return ((version - 1) % 4) + 1;
}
