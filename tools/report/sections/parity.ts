import { type Html, html } from '../html.js';
import type { ReportParity } from '../report-data.js';
import { count } from '../words.js';

/** Whether what was served is what training would have seen. */
export function paritySection(parity: ReportParity): Html {
  return html`<section>
    <h2>Whether serving saw what training sees</h2>
    <p class="lead">The online features of ${count(parity.checked)} answers were recomputed offline from the recorded arrivals. ${
      parity.unexplained === 0
        ? 'No difference is unexplained.'
        : `${count(parity.unexplained)} differences are unexplained.`
    }</p>
    ${
      parity.classes.length === 0
        ? ''
        : html`<div class="scroll"><table><thead><tr><th>Class</th><th class="number">Answers</th><th>What it means</th></tr></thead><tbody>
      ${parity.classes.map((entry) => html`<tr><td>${entry.name}</td><td class="number">${count(entry.count)}</td><td>${entry.meaning}</td></tr>`)}
    </tbody></table></div>`
    }
  </section>`;
}
