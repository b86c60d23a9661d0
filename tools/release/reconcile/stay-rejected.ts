import { move, NO_CANDIDATE, type Rule } from './transition.js';

/** A package that failed here stays out although Git still asks for it, until a newer commit of a person promotes it again. */
export const stayRejected: Rule = (situation) => {
  const { desired, state } = situation;
  const rejection = state.rejected.find((one) => one.digest === desired.package.digest);
  if (!rejection || desired.repromoted) return null;
  return {
    state: move(situation, { ...NO_CANDIDATE, phase: 'rejected' }),
    reasons: [
      `version ${desired.package.version} was rejected at serial ${rejection.serial} (${rejection.reason}) and version ${state.champion.version} serves: revert the release, or promote it again with --re-promote`,
    ],
    verdicts: [],
  };
};
