import type { Verdict } from '@signalbox/contracts';
import type { GateInput } from './evidence.js';
import { count, noData } from './words.js';

/** `parity/features`: what a pod reads is what training saw, without an unexplained difference. */
export function parityGates({ parity }: GateInput): Verdict[] {
  const id = 'parity/features';
  if (parity === null || parity.checked === 0) {
    return [noData(id, 'No feature was recomputed as a pod reads it.')];
  }
  const said = `${count(parity.checked)} feature values of ${count(parity.rows)} evaluation rows were recomputed as a pod reads them`;
  const rests = {
    value: parity.unexplained,
    bound: 0,
    formula: 'unexplained differences = 0',
    sampleSize: parity.checked,
  };
  if (parity.unexplained === 0) return [{ id, verdict: 'pass', sentence: `${said}: all equal.`, ...rests }];
  const example = parity.example === null ? '' : `, such as ${parity.example}`;
  return [{ id, verdict: 'fail', sentence: `${said}: ${count(parity.unexplained)} differ${example}.`, ...rests }];
}
