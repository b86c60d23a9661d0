import type { VersionCounts } from '@signalbox/contracts';

/** Counts of one version that are still going up. */
export type OpenCounts = { -readonly [K in keyof VersionCounts]: VersionCounts[K] };

export function noCounts(): OpenCounts {
  return { chosen: 0, failed: 0, shadowed: 0, shadowFailed: 0 };
}

/** Counts by package digest. */
export type CountsByPackage = Readonly<Record<string, VersionCounts>>;

/** The sum, package by package. */
export function addCounts(all: readonly CountsByPackage[]): CountsByPackage {
  const sum: Record<string, OpenCounts> = {};
  for (const counts of all) {
    for (const [digest, { chosen, failed, shadowed, shadowFailed }] of Object.entries(counts)) {
      sum[digest] ??= noCounts();
      const into = sum[digest];
      into.chosen += chosen;
      into.failed += failed;
      into.shadowed += shadowed;
      into.shadowFailed += shadowFailed;
    }
  }
  return sum;
}
