import { usableArms } from './companions.js';
import type { Desired } from './input.js';
import type { Stage } from './stages.js';
import type { PackageShare, RolloutState } from './state.js';
import { move, nextSalt, type Situation } from './transition.js';

/**
 * The state in which the asked version stands in a stage. An experiment draws its units anew: those who had the candidate before would otherwise all be in
 * its arm.
 */
export function enterStage(situation: Situation, stage: Stage, change: Partial<RolloutState> = {}): RolloutState {
  const { desired, state } = situation;
  const { candidateBuckets, phase, shadowBuckets, step } = stage;
  const copied = phase === 'blue-green' ? state.champion : desired.package;
  return move(situation, {
    ...{ phase, step, candidateBuckets, candidate: desired.package },
    shadow: shadowBuckets === 0 ? null : { package: copied, buckets: shadowBuckets },
    arms: usableArms(desired, state, stage).kept,
    salt: phase === 'experiment' ? nextSalt(situation) : state.salt,
    ...change,
  });
}

/** An experiment with other arms is another experiment: its time starts again, with units drawn anew. */
export function startAgain(situation: Situation, arms: readonly PackageShare[]): RolloutState {
  return move(situation, { arms, salt: nextSalt(situation) });
}

/** Whether a person must confirm a stage, or going live, and has not yet. */
export function isUnconfirmed({ confirmed, strategy }: Desired, stage: string): boolean {
  return (strategy.confirm ?? []).includes(stage) && !confirmed.has(stage);
}

/** What a rollout waits for that a person must confirm, and how. */
export function awaitsConfirmation({ environment, model, package: asked }: Desired, stage: string): string {
  return `version ${asked.version} waits for a person to confirm ${stage}: signalbox confirm ${model} --env ${environment} --stage ${stage}`;
}
