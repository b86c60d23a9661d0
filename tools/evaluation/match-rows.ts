import { SignalboxError } from '@signalbox/contracts';

/** How many missing labels a message names. */
const NAMED = 3;

/**
 * For each label of `wanted`, its row in `found`. The two must be the same set: a comparison on other rows would be no comparison.
 * Throws `input/bad-data`.
 */
export function matchRows(wanted: readonly string[], found: readonly string[]): Uint32Array {
  const rowOf = new Map(found.map((id, row) => [id, row]));
  const missing = wanted.filter((id) => !rowOf.has(id));
  if (missing.length > 0 || found.length !== wanted.length || rowOf.size !== found.length) {
    const named = missing.length === 0 ? '' : `, without ${missing.slice(0, NAMED).join(', ')}`;
    throw new SignalboxError(
      'input/bad-data',
      `candidate and champion were not scored on the same labels: ${wanted.length} and ${rowOf.size} of them${named}`,
      {
        hint: 'Build both evaluation datasets again from one snapshot: signalbox evaluate after removing .signalbox/cache.',
      },
    );
  }
  return Uint32Array.from(wanted, (id) => rowOf.get(id)!);
}
