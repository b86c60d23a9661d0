import { startAgain } from './enter-stage.js';
import type { Desired } from './input.js';
import type { RolloutState } from './state.js';
import { move, NO_CANDIDATE, type Rule } from './transition.js';

/** A hold on what is live brings back what was live before, if that is still warm and not held itself. An emergency stands on: Git may still ask for what somebody fled from. */
export const leaveHeldChampion: Rule = (situation) => {
  const { champion, previousChampion } = situation.state;
  const hold = situation.desired.holds.get(champion.digest);
  if (!hold || previousChampion === null || situation.desired.holds.has(previousChampion.digest)) return null;
  return {
    state: move(situation, {
      ...NO_CANDIDATE,
      ...{ phase: 'live', champion: previousChampion, previousChampion: null },
    }),
    reasons: [
      `version ${champion.version} was live and is held (${hold.reason}): version ${previousChampion.version}, live before it, serves`,
    ],
    verdicts: [],
  };
};

/** What becomes of a held version that is live while nothing else may take over. */
export const SERVES_ON =
  'serves on, because nothing else is loaded that could: promote or roll back to another version';

/** Here promoting moves nothing: the emergency stands against whatever Git asks for but this version. */
const SERVES_BY_HAND =
  'serves on while the emergency stands, whatever is promoted: end it by that commit, or go by `signalbox emergency` to another version that is loaded';

/** A held version that Git does not ask for either: no rule speaks of it, and it answers all the same. */
export function heldChampionServes(
  desired: Desired,
  { candidate, champion, emergency }: RolloutState,
): readonly string[] {
  const hold = desired.holds.get(champion.digest);
  if (!hold || (emergency === null && champion.digest === desired.package.digest)) return [];
  const loaded = candidate === null ? SERVES_ON : `serves on until version ${candidate.version} is live`;
  const serves = emergency === null ? loaded : SERVES_BY_HAND;
  return [`version ${champion.version} is live and held by ${hold.by} (${hold.reason}): it ${serves}`];
}

/** An arm that a hold names, that was rejected or that the release names no more loses its units at once; the experiment starts again without it. */
export const leaveArms: Rule = (situation) => {
  const { desired, state } = situation;
  if (state.candidate?.digest !== desired.package.digest) return null;
  const isWanted = (digest: string): boolean =>
    desired.arms.some((arm) => arm.digest === digest) &&
    !desired.holds.has(digest) &&
    !state.rejected.some((one) => one.digest === digest);
  const left = state.arms.filter((arm) => isWanted(arm.package.digest));
  if (left.length === state.arms.length) return null;
  const gone = state.arms.filter((arm) => !left.includes(arm)).map((arm) => arm.package.version);
  return {
    state: startAgain(situation, left),
    reasons: gone.map(
      (version) => `arm version ${version} is held or not asked for: the experiment goes on without it`,
    ),
    verdicts: [],
  };
};
