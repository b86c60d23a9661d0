import {
  addCells,
  type EvidenceCell,
  type Model,
  parseDurationUs,
  type ReferenceProfile,
  type Verdict,
} from '@signalbox/contracts';
import type { OutcomeJoin } from '../evidence/index.js';
import { judgeSignal } from './drift/judge-signal.js';
import { judgeWindow, type SignalWindow } from './drift/judge-window.js';
import { shares } from './drift/most-moved.js';
import { type Signal, signalsOf } from './drift/signals.js';
import { judgeQuality } from './quality/judge-quality.js';
import type { MonitoredSignal, MonitorReport } from './report.js';
import { evidenceByWindow } from './window-evidence.js';
import { trafficOf, type Window, type WindowEvidence, wholeWindows } from './windows.js';

/** Everything that a look at one live version rests on. */
export interface MonitorInput extends Window {
  readonly environment: string;
  readonly model: string;
  readonly rules: Pick<Model, 'gates' | 'monitoring'>;
  readonly live: { readonly version: number; readonly package: string };
  readonly profile: ReferenceProfile;
  /** Of the model, whatever its versions, from one window before the first on. */
  readonly cells: readonly EvidenceCell[];
  /** The mature cohort with its outcomes; null when no whole window is mature. */
  readonly outcomes: (Window & { readonly join: OutcomeJoin }) | null;
  readonly problems: readonly string[];
}

/** Pure: the same evidence gives the same report. Drift asks for a new version, and never takes one back. */
export function monitor(input: MonitorInput): MonitorReport {
  const { environment, fromUs, live, model, outcomes, problems, rules, toUs } = input;
  const windowUs = parseDurationUs(rules.monitoring.window);
  const windows = evidenceByWindow(input.cells, live.package, wholeWindows(input, windowUs));
  const watched = signalsOf(input.profile, windowUs);
  const signals = monitorSignals(watched, windows, { rules: rules.monitoring, windowUs });
  const quality = outcomes === null ? null : judgeQuality(rules, outcomes, outcomes.join);
  return {
    environment,
    model,
    live,
    fromUs,
    toUs,
    windows: windows.map(({ cell, ...window }) => ({ ...window, traffic: trafficOf(cell) })),
    signals,
    quality: quality?.report ?? null,
    verdicts: [...signals.map(({ verdict }) => verdict), ...(quality?.verdicts ?? immature(rules))],
    problems: [...unknownVariation(watched, rules.monitoring), ...problems],
  };
}

function unknownVariation(signals: readonly Signal[], { window }: Model['monitoring']): readonly string[] {
  const unknown = signals.filter(({ variation }) => variation === null);
  if (unknown.length === 0) return [];
  const which = unknown.length === signals.length ? 'its reference' : unknown.map(({ name }) => name).join(', ');
  return [
    `the package does not say how far windows of ${window} lie apart in ${which}: only the noise of rows is allowed for`,
  ];
}

function monitorSignals(
  signals: readonly Signal[],
  windows: readonly WindowEvidence[],
  { rules, windowUs }: { readonly rules: Model['monitoring']; readonly windowUs: number },
): readonly MonitoredSignal[] {
  const judged = windows.map((window) => judgeWindow(window, signals, rules));
  const latest = windows.slice(-rules.drift.persistence.of);
  return signals.map((signal, at): MonitoredSignal => {
    const found = judged.map((window) => window[at]!);
    const live = countsOver(signal, latest, found.slice(-latest.length));
    return {
      name: signal.name,
      kind: signal.kind,
      verdict: judgeSignal({ signal, windows: found, windowUs, live }, rules),
      labels: signal.labels,
      reference: shares(signal.reference.counts) ?? signal.reference.counts,
      live: shares(live),
      threshold: rules.drift.threshold,
      windows: found,
    };
  });
}

/** Live counts over the windows that could be judged. */
function countsOver(
  signal: Signal,
  windows: readonly WindowEvidence[],
  found: readonly SignalWindow[],
): readonly number[] {
  const cells = windows.flatMap(({ cell }, at) => (cell !== null && 'distance' in found[at]! ? [cell] : []));
  const [first, ...rest] = cells;
  return first === undefined ? [] : signal.countsOf(rest.reduce(addCells, first));
}

function immature({ gates, monitoring }: MonitorInput['rules']): readonly Verdict[] {
  const sentence = `No whole window is older than the label maturity of ${monitoring.labelMaturity}.`;
  return Object.keys(gates.quality).map((metric) => ({ id: `quality/${metric}`, verdict: 'no-data', sentence }));
}
