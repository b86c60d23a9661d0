import { move, NO_CANDIDATE, type Rule } from './transition.js';

/** A hold on what is live brings back what was live before, if that is still warm and not held itself. */
export const leaveHeldChampion: Rule = (situation) => {
  const { champion, previousChampion } = situation.state;
  const hold = situation.desired.holds.get(champion.digest);
  if (!hold || previousChampion === null || situation.desired.holds.has(previousChampion.digest)) return null;
  return {
    state: move(situation, { ...NO_CANDIDATE, phase: 'live', champion: previousChampion, previousChampion: null }),
    reasons: [
      `version ${champion.version} was live and is held (${hold.reason}): version ${previousChampion.version}, live before it, serves`,
    ],
    verdicts: [],
  };
};
