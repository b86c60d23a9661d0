import { shadowOf, stagesOf } from './stages.js';
import { move, NO_CANDIDATE, type Rule, type Situation, type Transition } from './transition.js';

/** A version that is neither live nor under way starts at the first stage of its strategy, with units drawn anew. */
export const begin: Rule = (situation) => {
  const { desired, eventNowUs, serial, state } = situation;
  const asked = desired.package;
  const first = stagesOf(desired.strategy)[0];
  if (!first) return goLive(situation, `strategy ${desired.strategy.name} has no steps`);
  if (eventNowUs === null) {
    return {
      state: move(situation, { ...NO_CANDIDATE, phase: 'live' }),
      reasons: [`version ${asked.version} waits: no event has told the time yet, and its first stage is timed`],
      verdicts: [],
    };
  }
  const restarted = state.candidate !== null && state.candidate.digest === asked.digest;
  const replaced = state.candidate !== null && !restarted ? `, candidate ${state.candidate.version} is withdrawn` : '';
  return {
    state: {
      ...move(situation, {
        phase: first.phase,
        step: first.step,
        candidate: asked,
        candidateBuckets: first.candidateBuckets,
        arms: [],
        shadow: shadowOf(first, asked),
        salt: `${desired.model}/${serial + 1}`,
        rejected: state.rejected.filter((one) => one.digest !== asked.digest),
      }),
      enteredAtUs: Math.max(eventNowUs, state.enteredAtUs),
    },
    reasons: [
      restarted
        ? `the strategy of version ${asked.version} changed: it starts again with ${first.label}`
        : `version ${asked.version} is asked for${desired.repromoted ? ' again' : ''}: strategy ${desired.strategy.name} starts with ${first.label}${replaced}`,
    ],
    verdicts: [],
  };
};

/** The asked version becomes the champion; the one before stays warm, to go back to. */
export function goLive(situation: Situation, because: string): Transition {
  const { desired, state } = situation;
  return {
    state: move(situation, {
      ...NO_CANDIDATE,
      phase: 'live',
      champion: desired.package,
      previousChampion: state.champion,
      rejected: state.rejected.filter((one) => one.digest !== desired.package.digest),
    }),
    reasons: [`version ${desired.package.version} is live: ${because}; version ${state.champion.version} is kept warm`],
    verdicts: [],
  };
}
