import { type Html, html } from '../html.js';
import type { ReportData } from '../report-data.js';
import { count, seconds } from '../words.js';

/** The few numbers that someone in a hurry wants. */
export function figures({ requests, rollback, parity, acts, wallSeconds }: ReportData): Html {
  const degraded = Object.values(requests.degraded).reduce((sum, value) => sum + value, 0);
  return html`<section class="figures" aria-label="Key figures">
    ${figure(count(requests.total), 'requests answered', `${requests.medianMs.toFixed(1)} ms median, ${requests.p99Ms.toFixed(1)} ms at p99`)}
    ${figure(count(requests.failed), 'without a useful answer', degraded === 0 ? 'none degraded' : `${count(degraded)} degraded`)}
    ${rollback ? figure(seconds(rollback.seconds), 'to roll back', `${seconds(rollback.allowedSeconds)} allowed`) : ''}
    ${parity ? figure(count(parity.unexplained), 'unexplained differences', `${count(parity.checked)} answers recomputed offline`) : ''}
    ${figure(seconds(wallSeconds), 'in all', `${acts.length} acts`)}
  </section>`;
}

function figure(value: string, label: string, note: string): Html {
  return html`<div class="figure"><strong>${value}</strong><span>${label}</span><small>${note}</small></div>`;
}
