import { awaitsConfirmation, isUnconfirmed } from './enter-stage.js';
import type { Desired } from './input.js';
import type { RolloutState } from './state.js';

/**
 * The first version of a model in an environment has nothing to be compared with and nobody to take traffic from: it is live at once.
 * `why`: it is held, its documents are wrong, or a person must confirm it first.
 */
export function bootstrap(
  desired: Desired,
  eventNowUs: number | null,
): { readonly state: RolloutState } | { readonly state: null; readonly why: string } {
  const why = whyNot(desired);
  if (why !== null) return { state: null, why };
  return {
    state: {
      ...{ phase: 'live', step: 0, enteredAtUs: eventNowUs ?? 0 },
      ...{ champion: desired.package, previousChampion: null, candidate: null, candidateBuckets: 0 },
      ...{ shadow: null, arms: [], salt: `${desired.model}/1`, emergency: null, rejected: [] },
    },
  };
}

function whyNot(desired: Desired): string | null {
  if (desired.waits.length > 0) return desired.waits.join('; ');
  if (desired.holds.has(desired.package.digest)) return 'it is held';
  return isUnconfirmed(desired, 'live') ? awaitsConfirmation(desired, 'live') : null;
}
