import { move, NO_CANDIDATE, type Rule } from './transition.js';

/** A version number names one package for ever; pods could not tell two packages of one number apart. */
export const refuseReusedNumber: Rule = (situation) => {
  const { champion } = situation.state;
  const asked = situation.desired.package;
  if (asked.version !== champion.version || asked.digest === champion.digest) return null;
  return {
    state: move(situation, { ...NO_CANDIDATE, phase: 'held' }),
    reasons: [
      `version ${asked.version} is live as ${champion.digest}, but its record now names ${asked.digest}: a number is never used twice, propose a new version`,
    ],
    verdicts: [],
  };
};
