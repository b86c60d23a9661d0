import { formatDurationMs, US_PER_MS, type Verdict } from '@signalbox/contracts';
import { count, figure, percent } from '../words.js';
import type { DriftRules, SignalWindow } from './judge-window.js';
import { mostMoved } from './most-moved.js';
import type { Signal } from './signals.js';

/** What was found of one signal in the windows that count, oldest first. */
export interface SignalEvidence {
  readonly signal: Signal;
  readonly windows: readonly SignalWindow[];
  readonly windowUs: number;
  /** Live counts over the windows that were judged. */
  readonly live: readonly number[];
}

/**
 * Effect and evidence were asked window by window; persistence is asked here, of the latest `of` windows: `fail` is drift. A window that could not be judged
 * might have drifted, so what hangs on it is `inconclusive`, and a window that drifted alone is a `warn`.
 */
export function judgeSignal(evidence: SignalEvidence, { drift, minRows }: DriftRules): Verdict {
  const { persistence, threshold } = drift;
  const latest = evidence.windows.slice(-persistence.of);
  const judged = latest.filter(isJudged);
  const drifted = judged.filter(({ state }) => state === 'drifted');
  const open = persistence.of - judged.length;
  const { kind, name } = evidence.signal;
  const id = kind === 'score' ? 'drift/score' : `drift/${name}`;
  const about = kind === 'feature' ? { id, feature: name } : { id };
  const last = drifted.at(-1) ?? judged.at(-1);
  if (last === undefined) return { ...about, ...unjudged(evidence, latest, minRows) };
  const length = formatDurationMs(evidence.windowUs / US_PER_MS);
  const rests = {
    value: last.distance,
    bound: last.bound,
    formula: `effect > ${threshold} and distance > noise floor in ${persistence.windows} of ${persistence.of} windows of ${length}`,
    sampleSize: last.rows,
  };
  const found = `${drifted.length} of ${judged.length} judged windows of ${length} drifted`;
  if (drifted.length >= persistence.windows) {
    return { ...about, verdict: 'fail', sentence: `${found}: ${describeDrift(evidence, last)}.`, ...rests };
  }
  if (drifted.length + open >= persistence.windows) {
    const sentence = `${found}, and ${open} of the latest ${persistence.of} could not be judged: too little to say.`;
    return { ...about, verdict: 'inconclusive', sentence, ...rests };
  }
  if (drifted.length > 0) {
    const sentence = `${found}, fewer than ${persistence.windows}: ${describeDrift(evidence, last)}.`;
    return { ...about, verdict: 'warn', sentence, ...rests };
  }
  return { ...about, verdict: 'pass', sentence: `${found}: like the reference (${measured(last)}).`, ...rests };
}

type Judged = Extract<SignalWindow, { readonly distance: number }>;

function isJudged(window: SignalWindow): window is Judged {
  return 'distance' in window;
}

function unjudged(
  { windowUs }: SignalEvidence,
  latest: readonly SignalWindow[],
  minRows: number,
): Pick<Verdict, 'verdict' | 'sentence' | 'sampleSize'> {
  const sampleSize = latest.reduce((sum, { rows }) => sum + rows, 0);
  const length = formatDurationMs(windowUs / US_PER_MS);
  if (sampleSize === 0) return { verdict: 'no-data', sentence: `No row in a whole window of ${length}.`, sampleSize };
  const notWhole = latest.filter(({ state }) => state === 'not-whole').length;
  const why = [
    ...(notWhole > 0 ? [`${notWhole} began before the version was live`] : []),
    ...(notWhole < latest.length ? [`others have fewer than ${count(minRows)} rows`] : []),
  ].join(', ');
  return { verdict: 'inconclusive', sentence: `No window of ${length} can be judged: ${why}.`, sampleSize };
}

function describeDrift({ signal, live }: SignalEvidence, last: Judged): string {
  const moved = mostMoved(signal, live);
  if (moved === null) return measured(last);
  const before = signal.kind === 'score' ? 'in evaluation' : 'in training';
  return `${measured(last)}; ${moved.label}: ${percent(moved.live)}, ${percent(moved.reference)} ${before}`;
}

function measured({ bound, distance, psi, rows }: Judged): string {
  return `distance ${figure(distance)} on ${count(rows)} rows, drift above ${figure(bound)}; PSI ${figure(psi)}`;
}
