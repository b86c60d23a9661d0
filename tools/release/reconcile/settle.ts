import { move, NO_CANDIDATE, type Rule } from './transition.js';

/** What is asked for is live. A candidate that is no longer asked for gets no more traffic from this pass on. */
export const settle: Rule = (situation) => {
  const { desired, state } = situation;
  if (desired.package.digest !== state.champion.digest) return null;
  const reason =
    state.candidate === null
      ? `version ${desired.package.version} is live, as asked`
      : `version ${desired.package.version} is asked for and live: candidate ${state.candidate.version} is withdrawn at once`;
  return {
    state: move(situation, { ...NO_CANDIDATE, phase: 'live', champion: desired.package }),
    reasons: [reason],
    verdicts: [],
  };
};
