import type { ReportVersion } from '../report/index.js';
import type { Publication } from './rollout-log.js';

/**
 * What became of each version, from the manifests that were published: pure. A version that answered everything and was followed by an older one
 * was rolled back; by a newer one, superseded. One that never became live was blocked.
 */
export function versionOutcomes(
  publications: readonly Publication[],
  versions: readonly number[],
): ReadonlyMap<number, ReportVersion['outcome']> {
  const champions = publications.map(({ manifest }) => manifest.champion);
  return new Map(versions.map((version) => [version, outcomeOf(champions, version)]));
}

function outcomeOf(champions: readonly number[], version: number): ReportVersion['outcome'] {
  const last = champions.lastIndexOf(version);
  if (last === -1) return 'blocked';
  if (last === champions.length - 1) return 'live';
  return champions[last + 1]! < version ? 'rolled-back' : 'superseded';
}
