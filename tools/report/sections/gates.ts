import { type Html, html } from '../html.js';
import type { ReportVersion } from '../report-data.js';
import { outcomeWords } from '../words.js';
import { verdictList } from './verdicts.js';

/** What each gate said of each version, in its own sentence. */
export function gatesSection(versions: readonly ReportVersion[]): Html {
  return html`<section>
    <h2>What the gates said</h2>
    ${versions.map(
      (version) => html`<div class="version">
        <h3>Version ${version.version} <span class="tag">${outcomeWords(version.outcome)}</span> <code title="${version.digest}">${version.digest.slice(0, 19)}</code></h3>
        ${verdictList(version.verdicts)}
      </div>`,
    )}
  </section>`;
}
