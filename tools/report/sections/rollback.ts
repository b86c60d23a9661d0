import { type Html, html, trusted } from '../html.js';
import type { ReportRollback } from '../report-data.js';
import { seconds } from '../words.js';

/** The measured rollback against what the polls allow. */
export function rollbackSection(rollback: ReportRollback, svg: string): Html {
  const used = Math.min(1, rollback.seconds / rollback.allowedSeconds);
  return html`<section>
    <h2>How fast the way back is</h2>
    <p class="lead">Version ${rollback.fromVersion} gave its last answer ${seconds(rollback.seconds)} after its revert stood on the main branch; ${seconds(rollback.allowedSeconds)} were allowed (${rollback.allowance}).</p>
    <div class="allowance" role="img" aria-label="${Math.round(used * 100)} % of the allowance was used">
      <span style="width:${(used * 100).toFixed(1)}%"><b>${seconds(rollback.seconds)}</b></span><em>${seconds(rollback.allowedSeconds)} allowed</em>
    </div>
    <figure class="wide">${trusted(svg)}</figure>
  </section>`;
}
