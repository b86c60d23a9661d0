import type { Verdict } from '@signalbox/contracts';
import { type Html, html, trusted } from '../html.js';
import type { DriftSignal, ReportDrift } from '../report-data.js';
import { count, eventTime, figureWords } from '../words.js';
import { verdictNotes } from './verdicts.js';

/** The two pictures of one signal. */
export interface DriftCharts {
  readonly name: string;
  readonly shares: string;
  readonly distances: string;
}

/** How many signals are drawn: the rest is in the table. */
const DRAWN = 6;

/** Those that drifted, then those that did in too few windows to count, the farthest first. */
export function drawnSignals({ signals }: ReportDrift): readonly DriftSignal[] {
  const moved = signals.filter(
    ({ live, verdict }) => live !== null && (isDrifted(verdict) || verdict.verdict === 'warn'),
  );
  const rank = (one: DriftSignal): number => (isDrifted(one.verdict) ? 1 : 0);
  return [...moved].sort((a, b) => rank(b) - rank(a) || farthest(b) - farthest(a)).slice(0, DRAWN);
}

/** Whether live traffic still looks like what the version was made from, and where it does not. */
export function driftSection(drift: ReportDrift, charts: readonly DriftCharts[]): Html {
  const { followedBy, fromUs, live, signals, toUs, windows } = drift;
  return html`<section>
    <h2>Whether the world still looks the same</h2>
    <p class="lead">Live inputs and scores of version ${live.version} from ${eventTime(fromUs)} to ${eventTime(toUs)} against what it was made from, in ${count(windows.length)} windows: ${driftWords(signals)} ${followedBy ?? ''}</p>
    ${charts.map(
      ({ distances, name, shares }) => html`<div class="signal">
        <h3><code>${name}</code></h3>
        ${verdictNotes(signals.filter((signal) => signal.name === name).map(({ verdict }) => verdict))}
        <div class="charts">
          <figure>${trusted(shares)}<figcaption>Bars are live traffic, ticks the reference.</figcaption></figure>
          <figure>${trusted(distances)}<figcaption>The distance from the reference by window. Red points drifted: over the threshold (dashed), over the noise of so many rows (grey), and with evidence.</figcaption></figure>
        </div>
      </div>`,
    )}
    <details class="others"><summary>All ${signals.length} signals</summary>${signalTable(signals)}</details>
  </section>`;
}

const isDrifted = ({ verdict }: Verdict): boolean => verdict === 'fail';

function driftWords(signals: readonly DriftSignal[]): string {
  const drifted = signals.filter(({ verdict }) => isDrifted(verdict)).length;
  const almost = signals.filter(({ verdict }) => verdict.verdict === 'warn').length;
  const others = almost === 0 ? '' : `, and ${almost} in fewer windows than count`;
  return `${drifted} of ${signals.length} signals drifted${others}.`;
}

function signalTable(signals: readonly DriftSignal[]): Html {
  return html`<div class="scroll"><table><thead><tr><th>Signal</th><th>Verdict</th><th class="number">Farthest window</th><th class="number">Threshold</th><th class="number">Windows drifted</th></tr></thead><tbody>
    ${signals.map(
      (signal) =>
        html`<tr><td><code>${signal.name}</code></td><td>${signal.verdict.verdict}</td><td class="number">${figureWords(farthest(signal))}</td><td class="number">${figureWords(signal.threshold)}</td><td class="number">${driftedWindows(signal)}</td></tr>`,
    )}
  </tbody></table></div>`;
}

const farthest = ({ windows }: DriftSignal): number => Math.max(0, ...windows.map(({ distance = 0 }) => distance));

function driftedWindows({ windows }: DriftSignal): string {
  const judged = windows.filter(({ distance }) => distance !== undefined);
  return `${judged.filter(({ state }) => state === 'drifted').length} of ${judged.length}`;
}
