import { BUCKETS, type RolloutManifest } from '@signalbox/contracts';
import { murmur3 } from './murmur3.js';

/** The part of a manifest that decides who gets which version. */
export type RoutingManifest = Pick<RolloutManifest, 'salt' | 'champion' | 'candidate' | 'candidateBuckets' | 'shadow'>;

export interface Route {
  readonly role: 'champion' | 'candidate';
  readonly version: number;
  /** The version that gets a copy of the request, its answer thrown away. */
  readonly shadow: number | null;
  readonly bucket: number;
}

/** The bucket of a unit, 0 to 9,999: the same for every pod, and another draw for every salt. */
export function bucketOf(salt: string, unitId: string): number {
  return murmur3(`${salt}/${unitId}`) % BUCKETS;
}

/**
 * Who answers a unit. Units in buckets below `candidateBuckets` go to the candidate, so raising a weight only adds units and lowering it
 * removes the same ones. Shadow copies are drawn from the other end, and never of a unit that the same version answers.
 */
export function route(manifest: RoutingManifest, unitId: string): Route {
  const bucket = bucketOf(manifest.salt, unitId);
  const { champion, candidate, candidateBuckets, shadow } = manifest;
  const chosen = candidate !== null && bucket < candidateBuckets ? candidate : champion;
  const copied = shadow !== null && shadow.version !== chosen && bucket >= BUCKETS - shadow.buckets;
  return {
    role: chosen === candidate ? 'candidate' : 'champion',
    version: chosen,
    shadow: copied ? shadow.version : null,
    bucket,
  };
}
