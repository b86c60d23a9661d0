import { awaitsConfirmation, enterStage, isUnconfirmed } from './enter-stage.js';
import { stagesOf } from './stages.js';
import { move, NO_CANDIDATE, nextSalt, type Rule, type Situation, type Transition } from './transition.js';

/** A version that is neither live nor under way starts at the first stage of its strategy, with units drawn anew. */
export const begin: Rule = (situation) => {
  const { desired, eventNowUs, state } = situation;
  const asked = desired.package;
  const first = stagesOf(desired.strategy)[0];
  if (isUnconfirmed(desired, first?.id ?? 'live')) {
    return standAside(situation, awaitsConfirmation(desired, first?.id ?? 'live'));
  }
  if (!first) return goLive(situation, `strategy ${desired.strategy.name} has no steps`);
  if (eventNowUs === null) {
    return standAside(
      situation,
      `version ${asked.version} waits: no event has told the time yet, and its first stage is timed`,
    );
  }
  const restarted = state.candidate !== null && state.candidate.digest === asked.digest;
  return {
    state: enterStage(situation, first, {
      salt: nextSalt(situation),
      rejected: state.rejected.filter((one) => one.digest !== asked.digest),
    }),
    reasons: [
      restarted
        ? `the strategy of version ${asked.version} changed: it starts again with ${first.label}`
        : `version ${asked.version} is asked for${desired.repromoted ? ' again' : ''}: strategy ${desired.strategy.name} starts with ${first.label}${withdrawn(situation)}`,
    ],
    verdicts: [],
  };
};

/** The asked version may not start yet. Whatever was under way before is asked for no more, so the champion answers meanwhile. */
export function standAside(situation: Situation, why: string): Transition {
  const state = move(situation, { ...NO_CANDIDATE, phase: 'live' });
  return { state, reasons: [`${why}${withdrawn(situation)}`], verdicts: [] };
}

function withdrawn({ desired, state: { candidate } }: Situation): string {
  if (candidate === null) return '';
  return candidate.digest === desired.package.digest
    ? ', and gets no traffic until then'
    : `, candidate ${candidate.version} is withdrawn`;
}

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
