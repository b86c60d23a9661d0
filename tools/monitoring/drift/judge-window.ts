import type { EvidenceCell, Model } from '@signalbox/contracts';
import { benjaminiHochberg } from '../../statistics/index.js';
import type { WindowEvidence } from '../windows.js';
import { type Comparison, compare } from './compare.js';
import type { Signal } from './signals.js';

/** What one window says of one signal. Only `drifted` and `alike` are judgements. */
export type SignalWindow =
  | (Comparison & {
      readonly state: 'drifted' | 'alike';
      readonly adjustedP: number;
      /** What the distance must exceed to be drift. */
      readonly bound: number;
    })
  | { readonly state: 'too-few' | 'no-rows' | 'not-whole'; readonly rows: number };

export type DriftRules = Pick<Model['monitoring'], 'minRows' | 'drift'>;

/**
 * Every signal in one window, in the order of `signals`. Drift needs all of it: an effect above the threshold, above the noise floor of so many rows,
 * and evidence that holds though so many signals were looked at.
 */
export function judgeWindow(
  { cell, coverage }: WindowEvidence,
  signals: readonly Signal[],
  rules: DriftRules,
): readonly SignalWindow[] {
  const found = signals.map((signal) => look(signal, cell, coverage === 'whole' ? rules.minRows : null));
  const compared = found.flatMap((one) => ('distance' in one ? [one] : []));
  const adjusted = benjaminiHochberg(compared.map(({ p }) => p));
  const { falseDiscoveryRate, threshold } = rules.drift;
  let next = 0;
  return found.map((one): SignalWindow => {
    if (!('distance' in one)) return one;
    const adjustedP = adjusted.defined ? adjusted.value[next++]! : 1;
    // The threshold is of the effect, and few rows make any distance look larger: as much larger is then asked.
    const bound = Math.max(Math.hypot(threshold, one.noiseMean), one.noiseFloor);
    const differs = one.distance > bound && adjustedP <= falseDiscoveryRate;
    return { ...one, state: differs ? 'drifted' : 'alike', adjustedP, bound };
  });
}

type Unjudged = Extract<SignalWindow, { readonly state: 'too-few' | 'no-rows' | 'not-whole' }>;

function look(signal: Signal, cell: EvidenceCell | null, minRows: number | null): Comparison | Unjudged {
  const counts = cell === null ? [] : signal.countsOf(cell);
  const rows = counts.reduce((sum, count) => sum + count, 0);
  if (rows === 0) return { state: 'no-rows', rows };
  if (minRows === null) return { state: 'not-whole', rows };
  if (rows < minRows) return { state: 'too-few', rows };
  return compare(signal.reference.counts, counts, signal.variation ?? 0) ?? { state: 'no-rows', rows: 0 };
}
