import type { ReportVersion } from '../report/index.js';
import type { Publication } from './rollout-log.js';

/**
 * What became of each version, from the manifests that were published: pure. A version that answered everything and was followed by an older one
 * was rolled back, as was one that was on its way and taken back; by a newer one, superseded. One that no pod ever got was blocked.
 */
export function versionOutcomes(
  publications: readonly Publication[],
  versions: readonly number[],
): ReadonlyMap<number, ReportVersion['outcome']> {
  const champions = publications.map(({ manifest }) => manifest.champion);
  const candidates = new Set(publications.map(({ manifest }) => manifest.candidate));
  return new Map(
    versions.map((version) => [version, outcomeOf(champions, { version, tried: candidates.has(version) })]),
  );
}

function outcomeOf(
  champions: readonly number[],
  { version, tried }: { readonly version: number; readonly tried: boolean },
): ReportVersion['outcome'] {
  const last = champions.lastIndexOf(version);
  if (last === -1) return tried ? 'rolled-back' : 'blocked';
  if (last === champions.length - 1) return 'live';
  return champions[last + 1]! < version ? 'rolled-back' : 'superseded';
}
