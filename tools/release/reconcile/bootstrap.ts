import type { Desired } from './input.js';
import type { RolloutState } from './state.js';

/**
 * The first version of a model in an environment has nothing to be compared with and nobody to take traffic from: it is live at once.
 * Null when it is held or its documents are wrong.
 */
export function bootstrap(desired: Desired, eventNowUs: number | null): RolloutState | null {
  if (desired.waits.length > 0 || desired.holds.has(desired.package.digest)) return null;
  return {
    phase: 'live',
    step: 0,
    enteredAtUs: eventNowUs ?? 0,
    champion: desired.package,
    previousChampion: null,
    candidate: null,
    candidateBuckets: 0,
    shadow: null,
    arms: [],
    salt: `${desired.model}/1`,
    emergency: null,
    rejected: [],
  };
}
