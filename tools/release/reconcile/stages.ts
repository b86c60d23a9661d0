import { BUCKETS, parseDurationUs, type Strategy } from '@signalbox/contracts';
import type { StagePhase } from '../analysis/index.js';
import type { RolloutState } from './state.js';

/** One stage of a rollout, between idle and live. */
export interface Stage {
  readonly phase: StagePhase;
  /** As strategies and confirmations name it: `shadow`, `canary-1`, `experiment`, `blue-green`. */
  readonly id: string;
  readonly step: number;
  readonly candidateBuckets: number;
  /** Of each other arm of an experiment; 0 elsewhere. */
  readonly armBuckets: number;
  /** How many buckets are copied: to the candidate before any user sees it, to the champion once all of them do. */
  readonly shadowBuckets: number;
  readonly minDurationUs: number;
  /** Event time after which a stage that has shown neither a pass nor a fail ends the rollout. */
  readonly maxDurationUs: number;
  readonly minSample: number;
  /** For people: `shadow of 10 % of the traffic`, `canary step 2 of 3 (25 %)`. */
  readonly label: string;
}

/** The parts of a strategy that say how traffic moves. */
export type Steps = Pick<Strategy, 'shadow' | 'canary' | 'experiment' | 'blueGreen' | 'stageDeadline'>;

/** A strategy as one list, in the order in which a rollout takes its stages. Empty: live at once. */
export function stagesOf(steps: Steps): readonly Stage[] {
  return [...shadowOf(steps), ...canaryOf(steps), ...experimentOf(steps), ...blueGreenOf(steps)];
}

function shadowOf({ shadow, stageDeadline }: Steps): readonly Stage[] {
  if (!shadow) return [];
  const about = { phase: 'shadow', id: 'shadow', label: `shadow of ${percent(shadow.share)} of the traffic` } as const;
  return [{ ...NO_TRAFFIC, ...about, ...timing(shadow, stageDeadline), shadowBuckets: bucketsOf(shadow.share) }];
}

function canaryOf({ canary, stageDeadline }: Steps): readonly Stage[] {
  const steps = canary?.steps ?? [];
  return steps.map((each, step) => ({
    ...{ ...NO_TRAFFIC, ...timing(each, stageDeadline) },
    ...{ phase: 'canary', id: `canary-${step + 1}`, step },
    label: `canary step ${step + 1} of ${steps.length} (${percent(each.weight)})`,
    candidateBuckets: bucketsOf(each.weight),
  }));
}

/** How long arms compete is said by the experiment itself. */
function experimentOf({ experiment }: Steps): readonly Stage[] {
  if (!experiment) return [];
  const { maxDuration, share } = experiment;
  const about = {
    phase: 'experiment',
    id: 'experiment',
    label: `experiment (${percent(share)} for each arm)`,
  } as const;
  const [candidateBuckets, armBuckets] = [bucketsOf(share), bucketsOf(share)];
  return [{ ...NO_TRAFFIC, ...about, ...timing(experiment, maxDuration), candidateBuckets, armBuckets }];
}

function blueGreenOf({ blueGreen, stageDeadline }: Steps): readonly Stage[] {
  if (!blueGreen) return [];
  const { mirror } = blueGreen;
  const about = {
    phase: 'blue-green',
    id: 'blue-green',
    label: `blue-green (all traffic, ${percent(mirror)} copied back)`,
  } as const;
  const traffic = { candidateBuckets: BUCKETS, shadowBuckets: bucketsOf(mirror) };
  return [{ ...NO_TRAFFIC, ...about, ...timing(blueGreen, stageDeadline), ...traffic }];
}

const NO_TRAFFIC = { step: 0, candidateBuckets: 0, armBuckets: 0, shadowBuckets: 0 } as const;

function timing(
  { minDuration, minSample }: { readonly minDuration: string; readonly minSample: number },
  maxDuration: string,
): Pick<Stage, 'minDurationUs' | 'maxDurationUs' | 'minSample'> {
  return { minDurationUs: parseDurationUs(minDuration), maxDurationUs: parseDurationUs(maxDuration), minSample };
}

/** Where in the strategy the published state stands; null when the strategy has changed under it. */
export function currentStage(state: RolloutState, stages: readonly Stage[]): number | null {
  const at = stages.findIndex(({ phase, step }) => phase === state.phase && step === state.step);
  const stage = stages[at];
  if (!stage) return null;
  const { armBuckets, candidateBuckets, shadowBuckets } = stage;
  const isSame =
    candidateBuckets === state.candidateBuckets &&
    shadowBuckets === (state.shadow?.buckets ?? 0) &&
    state.arms.every(({ buckets }) => buckets === armBuckets);
  return isSame ? at : null;
}

/** At least one bucket: a share above zero must not round to nobody. */
function bucketsOf(share: number): number {
  return Math.max(1, Math.round(share * BUCKETS));
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
