import type { AttemptFailure, FailedAttempt } from './attempts.js';

/** Said when the feature store could not be read: the features count as NULL. */
export const FEATURES_UNAVAILABLE = 'features unavailable';

/**
 * Why an answer is not what the manifest meant, in a sentence for the caller; null when it is. Versions that failed come first, in the
 * order they were asked.
 */
export function degradedReason(failures: readonly FailedAttempt[], featuresUnavailable: boolean): string | null {
  if (failures.length === 0) return featuresUnavailable ? FEATURES_UNAVAILABLE : null;
  const reasons = failures.map(
    ({ attempt, failure }) => `${attempt.role} version ${attempt.version} ${sentence(failure)}`,
  );
  if (featuresUnavailable) reasons.push(FEATURES_UNAVAILABLE);
  return reasons.join('; ');
}

function sentence(failure: AttemptFailure): string {
  switch (failure.kind) {
    case 'timeout':
      return 'timed out';
    case 'overloaded':
      return 'was overloaded';
    case 'closed':
      return 'was closing';
    case 'not-loaded':
      return 'is not usable on this pod';
    case 'not-finite':
      return 'gave no finite score';
    case 'cut-off':
      return 'is asked no more, because it failed too often';
    // The runtime's own words may hold paths and shapes: they go to the log of the pod, not to the caller.
    case 'error':
      return 'failed';
    case 'missing-inputs':
      return `needs inputs that were not sent: ${failure.names.join(', ')}`;
  }
}
