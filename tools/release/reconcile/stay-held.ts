import { SERVES_ON } from './leave-held.js';
import { move, NO_CANDIDATE, type Rule } from './transition.js';

/** What a hold names takes no traffic, however far it had come. What is live stays live: an environment without an answer is worse. */
export const stayHeld: Rule = (situation) => {
  const { desired, state } = situation;
  const hold = desired.holds.get(desired.package.digest);
  if (!hold) return null;
  const isLive = desired.package.digest === state.champion.digest;
  const serving = isLive ? `it ${SERVES_ON}` : `version ${state.champion.version} serves`;
  return {
    state: move(situation, { ...NO_CANDIDATE, phase: 'held' }),
    reasons: [`version ${desired.package.version} is held by ${hold.by} (${hold.reason}): ${serving}`],
    verdicts: [],
  };
};
