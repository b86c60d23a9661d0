import type { Verdict } from '@signalbox/contracts';
import type { PodEvidence } from '../evidence.js';
import type { Desired } from './input.js';
import type { RolloutState } from './state.js';

/** What a rule sees once something has been published. */
export interface Situation {
  readonly desired: Desired;
  readonly state: RolloutState;
  readonly pods: readonly PodEvidence[];
  /** Of the published manifest. */
  readonly serial: number;
  readonly eventNowUs: number | null;
}

export interface Transition {
  readonly state: RolloutState;
  readonly reasons: readonly string[];
  readonly verdicts: readonly Verdict[];
}

/** One row of the table of states: its transition, or null where it does not apply. */
export type Rule = (situation: Situation) => Transition | null;

/** No candidate: nobody is answered by one, nothing is copied. */
export const NO_CANDIDATE = { candidate: null, candidateBuckets: 0, arms: [], shadow: null, step: 0 } as const;

/**
 * The state after a change. The clock of a stage starts when the rollout comes to stand elsewhere, and never goes back; a change that
 * changes nothing keeps it, which is what makes a second pass over the same inputs publish nothing.
 */
export function move({ eventNowUs, state }: Situation, change: Partial<RolloutState>): RolloutState {
  const next = { ...state, ...change };
  const moved =
    next.phase !== state.phase ||
    next.step !== state.step ||
    next.champion.digest !== state.champion.digest ||
    next.candidate?.digest !== state.candidate?.digest;
  const enteredAtUs = moved ? Math.max(eventNowUs ?? 0, state.enteredAtUs) : state.enteredAtUs;
  const taken = [next.champion.version, next.candidate?.version];
  const isTaken = next.previousChampion !== null && taken.includes(next.previousChampion.version);
  return { ...next, enteredAtUs, previousChampion: isTaken ? null : next.previousChampion };
}
