import type { ManifestPackage, RolloutManifest, Verdict } from '@signalbox/contracts';
import type { MetricReadings } from '../analysis/index.js';
import type { PodEvidence } from '../evidence.js';
import type { Desired, ReconcileInput } from './input.js';
import { type RolloutState, stateOf } from './state.js';

/** What a rule sees once something has been published. */
export interface Situation {
  readonly desired: Desired;
  readonly published: RolloutManifest;
  /** What `published` says, or what a rule before this one made of it. */
  readonly state: RolloutState;
  readonly pods: readonly PodEvidence[];
  readonly readings: MetricReadings;
  readonly eventNowUs: number | null;
}

export function situationOf({ readings = new Map(), ...input }: ReconcileInput, published: RolloutManifest): Situation {
  return { ...input, readings, published, state: stateOf(published) };
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

/** Units are drawn anew: under another salt each falls into another bucket. */
export const nextSalt = ({ desired, published }: Situation): string => `${desired.model}/${published.serial + 1}`;

/**
 * The state after a change. The clock of a stage starts when the rollout comes to stand elsewhere, and never goes back; a change that
 * changes nothing keeps it, which is what makes a second pass over the same inputs publish nothing.
 */
export function move(situation: Situation, change: Partial<RolloutState>): RolloutState {
  const { state } = situation;
  const next = { ...state, ...change };
  const moved =
    next.phase !== state.phase ||
    next.step !== state.step ||
    next.salt !== state.salt ||
    next.champion.digest !== state.champion.digest ||
    next.candidate?.digest !== state.candidate?.digest;
  const enteredAtUs = moved ? Math.max(situation.eventNowUs ?? 0, state.enteredAtUs) : state.enteredAtUs;
  const { previousChampion } = next;
  const isWayBack = previousChampion !== null && mayServeAgain(previousChampion, next);
  return { ...next, enteredAtUs, previousChampion: isWayBack ? previousChampion : null };
}

/** Its number still names it alone, and it did not fail here since: it may have been an arm of an experiment. */
function mayServeAgain({ digest, version }: ManifestPackage, { candidate, champion, rejected }: RolloutState): boolean {
  const isTaken = champion.version === version || candidate?.version === version;
  return !isTaken && !rejected.some((one) => one.digest === digest);
}
