import { BUCKETS, type RolloutManifest } from '@signalbox/contracts';
import { murmur3 } from './murmur3.js';
import { NO_SEGMENT } from './segments.js';

/** The part of a manifest that decides who gets which version. */
export type RoutingManifest = Pick<
  RolloutManifest,
  'salt' | 'champion' | 'candidate' | 'candidateBuckets' | 'arms' | 'segments' | 'shadow'
>;

export interface Route {
  /** `candidate`: also another arm of an experiment. `segment`: the version that the release sends this part of the traffic to. */
  readonly role: 'champion' | 'candidate' | 'segment';
  readonly version: number;
  /** The version that gets a copy of the request, its answer thrown away. */
  readonly shadow: number | null;
  readonly bucket: number;
  /** Where in the manifest's list the request's segment stands; `NO_SEGMENT`: it belongs to none. */
  readonly segment: number;
}

/** The bucket of a unit, 0 to 9,999: the same for every pod, and another draw for every salt. */
export function bucketOf(salt: string, unitId: string): number {
  return murmur3(`${salt}/${unitId}`) % BUCKETS;
}

/**
 * Who answers a unit. A segment that the release sends to a version of its own comes first, whatever the bucket. Of the rest, units in buckets below
 * `candidateBuckets` go to the candidate, so raising a weight only adds units and lowering it removes the same ones; other arms have the buckets after, one
 * after the other. Shadow copies are drawn from the other end, and never of a unit that the same version answers, nor of a segment that the rollout does not touch.
 */
export function route(manifest: RoutingManifest, unitId: string, segment: number): Route {
  const bucket = bucketOf(manifest.salt, unitId);
  const pinned = segment === NO_SEGMENT ? null : manifest.segments[segment]!.version;
  if (pinned !== null) return { role: 'segment', version: pinned, shadow: null, bucket, segment };
  const { champion, shadow } = manifest;
  const asked = armOf(manifest, bucket);
  const version = asked ?? champion;
  const copied = shadow !== null && shadow.version !== version && bucket >= BUCKETS - shadow.buckets;
  return {
    role: asked === null ? 'champion' : 'candidate',
    version,
    shadow: copied ? shadow.version : null,
    bucket,
    segment,
  };
}

/** The candidate or the arm whose bucket it is; null: the champion's. */
function armOf({ candidate, candidateBuckets, arms }: RoutingManifest, bucket: number): number | null {
  if (bucket < candidateBuckets) return candidate;
  let end = candidateBuckets;
  for (const { version, buckets } of arms) {
    end += buckets;
    if (bucket < end) return version;
  }
  return null;
}
