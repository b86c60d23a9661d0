import { BUCKETS, type ManifestPackage, type RolloutManifest } from '@signalbox/contracts';
import type { Desired } from './input.js';
import type { Stage } from './stages.js';
import { isClash, isSamePackage, type PackageShare, type RolloutState } from './state.js';

/** What stands beside the rollout's own versions, and a sentence for each that must be left out. */
export interface Companions<T> {
  readonly kept: T;
  readonly leftOut: readonly string[];
}

/**
 * A fallback must not be worse than what it stands in for, and none that is new here comes while the release waits. Without one there are still the
 * champion and the rule.
 */
export function usableFallback(
  desired: Desired,
  state: RolloutState,
  current: RolloutManifest | null,
): Companions<ManifestPackage | null> {
  const { fallback: asked, waits } = desired;
  const isLate = asked !== null && current !== null && waits.length > 0 && !stoodHere(asked, current);
  const fallback = isLate ? standingBy(state, current) : asked;
  const late = isLate ? [`fallback version ${asked.version} waits as the release does: ${waits.join('; ')}`] : [];
  const why = fallback && whyUnusable(fallback, desired, state);
  if (fallback === null || why === null) return { kept: fallback, leftOut: late };
  return { kept: null, leftOut: [...late, `fallback version ${fallback.version} is left out: ${why}`] };
}

/** Whether it answers users or stands by already, and is not what is still being tried. */
function stoodHere(asked: ManifestPackage, current: RolloutManifest): boolean {
  const { champion, fallback, packages, previousChampion, segments } = current;
  const known = [champion, fallback, previousChampion, ...segments.map(({ version }) => version)];
  return packages.some((one) => isSamePackage(one, asked) && known.includes(one.version));
}

function standingBy({ champion }: RolloutState, current: RolloutManifest): ManifestPackage | null {
  const found = current.packages.find(({ version }) => version === current.fallback);
  return found === undefined || found.digest === champion.digest ? null : found;
}

/** The other arms of a stage: none but in an experiment, and as many as leave the champion no fewer units than an arm has. */
export function usableArms(desired: Desired, state: RolloutState, stage: Stage): Companions<readonly PackageShare[]> {
  const { armBuckets, candidateBuckets } = stage;
  if (armBuckets === 0) return { kept: [], leftOut: [] };
  const kept: PackageShare[] = [];
  const leftOut: string[] = [];
  for (const arm of desired.arms) {
    const taken = candidateBuckets + (kept.length + 2) * armBuckets;
    const why =
      whyNoArm(arm, desired, { ...state, arms: kept }) ?? (taken > BUCKETS ? 'no units are left for it' : null);
    if (why === null) kept.push({ package: arm, buckets: armBuckets });
    else leftOut.push(`arm version ${arm.version} is left out: ${why}`);
  }
  return { kept, leftOut };
}

function whyNoArm(arm: ManifestPackage, desired: Desired, state: RolloutState): string | null {
  if (arm.digest === state.champion.digest) return 'it is live';
  if (arm.digest === desired.package.digest) return 'it is the version that is asked for';
  return whyUnusable(arm, desired, state);
}

/** Why a version may not answer beside the rollout, as a sentence's end; null: it may. */
export function whyUnusable(
  asked: ManifestPackage,
  { holds }: Desired,
  { arms, candidate, champion, previousChampion, rejected }: RolloutState,
): string | null {
  const { digest } = asked;
  if (holds.has(digest) || rejected.some((one) => one.digest === digest)) return 'it is held or was rejected';
  const own = [champion, candidate, previousChampion, ...arms.map((arm) => arm.package)];
  const clashes = own.some((one) => one !== null && isClash(one, asked));
  return clashes ? 'its number or its package is another version’s here' : null;
}
