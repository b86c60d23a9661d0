import type { ReportVersion } from '../report/index.js';
import type { Publication } from './rollout-log.js';

/**
 * What became of each version, from the manifests that were published: pure. A version that answered everything and was followed by an older one
 * was rolled back, as was one that was on its way and taken back; by a newer one, superseded. One that the analysis of its rollout
 * took back, because it failed or showed neither, was rejected. One that no pod ever got was blocked. `versions`: the digest of each one's package.
 */
export function versionOutcomes(
  publications: readonly Publication[],
  versions: ReadonlyMap<number, string>,
): ReadonlyMap<number, ReportVersion['outcome']> {
  const champions = publications.map(({ manifest }) => manifest.champion);
  const candidates = new Set(publications.map(({ manifest }) => manifest.candidate));
  const rejected = new Set(
    publications.flatMap(({ manifest }) => manifest.rollout.rejected.map(({ digest }) => digest)),
  );
  return new Map(
    [...versions].map(([version, digest]) => [
      version,
      outcomeOf(champions, { version, rejected: rejected.has(digest), tried: candidates.has(version) }),
    ]),
  );
}

function outcomeOf(
  champions: readonly number[],
  { version, rejected, tried }: { readonly version: number; readonly rejected: boolean; readonly tried: boolean },
): ReportVersion['outcome'] {
  const last = champions.lastIndexOf(version);
  if (last === -1 && rejected) return 'rejected';
  if (last === -1) return tried ? 'rolled-back' : 'blocked';
  if (last === champions.length - 1) return 'live';
  return champions[last + 1]! < version ? 'rolled-back' : 'superseded';
}
