import { BUCKETS, type ManifestPackage, parseDurationUs, type Strategy } from '@signalbox/contracts';
import type { PackageShare, RolloutState } from './state.js';

/** One stage of a rollout, between idle and live. */
export interface Stage {
  readonly phase: 'shadow' | 'canary';
  /** As strategies and confirmations name it: `shadow`, `canary-1`. */
  readonly id: string;
  readonly step: number;
  readonly candidateBuckets: number;
  readonly shadowBuckets: number;
  readonly minDurationUs: number;
  readonly minSample: number;
  /** For people: `shadow of 10 % of the traffic`, `canary step 2 of 3 (25 %)`. */
  readonly label: string;
}

/** A strategy as one list: shadow, if it has one, then each canary step. Empty: live at once. */
export function stagesOf({ shadow, canary }: Pick<Strategy, 'shadow' | 'canary'>): readonly Stage[] {
  const steps = canary?.steps ?? [];
  const shadowed: Stage[] = shadow
    ? [
        {
          phase: 'shadow',
          id: 'shadow',
          step: 0,
          candidateBuckets: 0,
          shadowBuckets: bucketsOf(shadow.share),
          minDurationUs: parseDurationUs(shadow.minDuration),
          minSample: shadow.minSample,
          label: `shadow of ${percent(shadow.share)} of the traffic`,
        },
      ]
    : [];
  const canaried = steps.map(
    ({ weight, minDuration, minSample }, step): Stage => ({
      phase: 'canary',
      id: `canary-${step + 1}`,
      step,
      candidateBuckets: bucketsOf(weight),
      shadowBuckets: 0,
      minDurationUs: parseDurationUs(minDuration),
      minSample,
      label: `canary step ${step + 1} of ${steps.length} (${percent(weight)})`,
    }),
  );
  return [...shadowed, ...canaried];
}

/** Where in the strategy the published state stands; null when the strategy has changed under it. */
export function currentStage(state: RolloutState, stages: readonly Stage[]): number | null {
  const at = stages.findIndex(({ phase, step }) => phase === state.phase && step === state.step);
  const stage = stages[at];
  if (!stage) return null;
  const { candidateBuckets, shadowBuckets } = stage;
  const isSame = candidateBuckets === state.candidateBuckets && shadowBuckets === (state.shadow?.buckets ?? 0);
  return isSame ? at : null;
}

/** Who gets copies in a stage. */
export function shadowOf({ shadowBuckets }: Stage, candidate: ManifestPackage): PackageShare | null {
  return shadowBuckets === 0 ? null : { package: candidate, buckets: shadowBuckets };
}

/** At least one bucket: a share above zero must not round to nobody. */
function bucketsOf(share: number): number {
  return Math.max(1, Math.round(share * BUCKETS));
}

const percent = (share: number): string => `${Number((share * 100).toFixed(2))} %`;
