import { letsThrough, type Verdict } from '@signalbox/contracts';
import { type Html, html } from '../html.js';
import type { ReportVersion } from '../report-data.js';
import { outcomeWords } from '../words.js';

/** What each gate said of each version, in its own sentence. */
export function gatesSection(versions: readonly ReportVersion[]): Html {
  return html`<section>
    <h2>What the gates said</h2>
    ${versions.map(
      (version) => html`<div class="version">
        <h3>Version ${version.version} <span class="tag">${outcomeWords(version.outcome)}</span> <code title="${version.digest}">${version.digest.slice(0, 19)}</code></h3>
        <ul class="verdicts">${version.verdicts.map(verdictLine)}</ul>
      </div>`,
    )}
  </section>`;
}

function verdictLine(verdict: Verdict): Html {
  const tone = letsThrough(verdict.verdict) ? 'good' : 'bad';
  return html`<li><span class="verdict ${tone}">${verdict.verdict}</span> <code>${verdict.id}</code> <span>${verdict.sentence}</span></li>`;
}
