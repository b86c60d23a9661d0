import { type Html, html } from '../html.js';
import type { ReportAct } from '../report-data.js';
import { seconds } from '../words.js';

/** What happened, in order, in sentences. */
export function actsSection(acts: readonly ReportAct[]): Html {
  return html`<section>
    <h2>What happened</h2>
    <ol class="acts">
      ${acts.map(
        (act) => html`<li>
          <h3>${act.name} <span class="quiet">${seconds(act.seconds)}</span></h3>
          ${act.story.map((sentence) => html`<p>${sentence}</p>`)}
        </li>`,
      )}
    </ol>
  </section>`;
}
