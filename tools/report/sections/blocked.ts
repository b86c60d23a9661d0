import { letsThrough } from '@signalbox/contracts';
import { type Html, html } from '../html.js';
import type { ReportBlocked } from '../report-data.js';
import { verdictList } from './verdicts.js';

/** What never got past its pull request: what it changed, which gates refused it, and rows that show why. */
export function blockedSection(blocked: readonly ReportBlocked[]): Html {
  return html`<section>
    <h2>What was stopped before the merge</h2>
    <p class="lead">A candidate that a gate refuses gets no version number, so that nobody can release it by mistake.</p>
    ${blocked.map(blockedRequest)}
  </section>`;
}

function blockedRequest({ change, number, title, verdicts }: ReportBlocked): Html {
  const refused = verdicts.filter(({ verdict }) => !letsThrough(verdict));
  const others = verdicts.filter(({ verdict }) => letsThrough(verdict));
  return html`<div class="version">
    <h3>Pull request #${number}: ${title} <span class="tag">refused by ${refused.length} of ${verdicts.length} gates</span></h3>
    ${change.length === 0 ? '' : html`<pre class="change">${change.map(changeLine)}</pre>`}
    ${verdictList(refused)}
    <details class="others"><summary>The ${others.length} gates that let it through</summary>${verdictList(others)}</details>
  </div>`;
}

function changeLine(line: string): Html {
  const kind = line.startsWith('+') ? 'added' : line.startsWith('-') ? 'removed' : 'kept';
  return html`<span class="${kind}">${line}</span>`;
}
