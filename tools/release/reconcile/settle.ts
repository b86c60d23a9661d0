import { move, NO_CANDIDATE, type Rule } from './transition.js';

/** What is asked for is live, and there is nothing to say. A candidate that is no longer asked for gets no more traffic from this pass on. */
export const settle: Rule = (situation) => {
  const { desired, state } = situation;
  if (desired.package.digest !== state.champion.digest) return null;
  const next = move(situation, { ...NO_CANDIDATE, phase: 'live', champion: desired.package });
  const { version } = desired.package;
  if (state.candidate !== null) {
    const reason = `version ${version} is asked for and live: candidate ${state.candidate.version} is withdrawn at once`;
    return { state: next, reasons: [reason], verdicts: [] };
  }
  const reasons = state.phase === 'live' ? [] : [`version ${version} is asked for again and live`];
  return { state: next, reasons, verdicts: [] };
};
