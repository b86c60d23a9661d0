import { move, NO_CANDIDATE, type Rule, type Situation } from './transition.js';

/**
 * The fast lane of a revert: what was live before is asked for again. It was verified here and is still loaded on the pods, so there is
 * nothing to wait for. What was live until now is not kept as "live before": coming forward again is a promotion and takes its
 * steps, because it was left for a reason. Away from a held version everything that was live here goes that way: steps would only leave most units
 * longer with what must not serve.
 */
export const goBack: Rule = (situation) => {
  const because = whyAtOnce(situation);
  if (because === null) return null;
  const champion = situation.desired.package;
  return {
    state: move(situation, { ...NO_CANDIDATE, phase: 'live', champion, previousChampion: null }),
    reasons: [`version ${champion.version} was live before ${because}: it is live again at once, without steps`],
    verdicts: [],
  };
};

function whyAtOnce({ desired, state }: Situation): string | null {
  const { champion, previousChampion } = state;
  if (desired.package.digest === previousChampion?.digest) return `version ${champion.version} and is still loaded`;
  return desired.wasLive && desired.holds.has(champion.digest) ? `and version ${champion.version} is held` : null;
}
