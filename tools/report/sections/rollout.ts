import { type Html, html, trusted } from '../html.js';
import type { RolloutEntry } from '../report-data.js';
import { eventTime, percent, wallClock } from '../words.js';
import { verdictNotes } from './verdicts.js';

/** Every manifest that was published: what pods were told, when, why, and what the step before had shown. */
export function rolloutSection(rollout: readonly RolloutEntry[], trafficSvg: string): Html {
  return html`<section>
    <h2>Who answered</h2>
    <p class="lead">Each step of the rollout is one signed manifest. Pods poll it, verify it, and split the traffic by it; dashed lines mark the moments of publication.</p>
    <figure class="wide">${trusted(trafficSvg)}</figure>
    <ol class="timeline">
      ${rollout.map(
        (entry) => html`<li class="${toneOf(entry)}">
          <div class="when">${eventTime(entry.eventUs)}<small class="quiet">wall clock ${wallClock(entry.wallMs)}</small></div>
          <div class="what">
            <h3>Manifest ${entry.serial} <span class="tag">${entry.phase}</span> ${splitBar(entry)}</h3>
            <p>${entry.reason}</p>
            ${entry.verdicts === undefined || entry.verdicts.length === 0 ? '' : verdictNotes(entry.verdicts)}
          </div>
        </li>`,
      )}
    </ol>
  </section>`;
}

/** A step that took something back is to be seen at a glance. */
function toneOf({ phase, verdicts = [] }: RolloutEntry): string {
  const takesBack = phase === 'rejected' || phase === 'rolling-back' || phase === 'held';
  return takesBack || verdicts.some(({ verdict }) => verdict === 'fail') ? 'bad' : 'good';
}

function splitBar(entry: RolloutEntry): Html {
  const share = entry.candidate === null ? 0 : entry.share;
  return html`<span class="nowrap"><span class="split" aria-hidden="true" style="--champion:var(--series-${seriesOf(entry.champion)});--candidate:var(--series-${seriesOf(entry.candidate ?? 1)});--share:${(share * 100).toFixed(1)}%"></span><small>${splitWords(entry, share)}</small></span>`;
}

function splitWords({ champion, candidate, shadowShare }: RolloutEntry, share: number): string {
  if (candidate === null) return `v${champion} all`;
  if (share === 0) return `v${champion} all, copies of ${percent(shadowShare)} to v${candidate}`;
  return `v${candidate} ${percent(share)}, v${champion} ${percent(1 - share)}`;
}

function seriesOf(version: number): number {
  return ((version - 1) % 4) + 1;
}
