import { move, NO_CANDIDATE, type Rule } from './transition.js';

/**
 * The fast lane of a revert: what was live before is asked for again. It was verified here and is still loaded on the pods, so there is
 * nothing to wait for. What was live until now is not kept as "live before": coming forward again is a promotion and takes its
 * steps, because it was left for a reason.
 */
export const goBack: Rule = (situation) => {
  const { desired, state } = situation;
  if (desired.package.digest !== state.previousChampion?.digest) return null;
  return {
    state: move(situation, { ...NO_CANDIDATE, phase: 'live', champion: desired.package, previousChampion: null }),
    reasons: [
      `version ${desired.package.version} was live before version ${state.champion.version} and is still loaded: it is live again at once, without steps`,
    ],
    verdicts: [],
  };
};
