import type { RolloutManifest } from '@signalbox/contracts';
import { type Companions, whyUnusable } from './companions.js';
import type { Desired, DesiredSegment } from './input.js';
import type { RolloutState } from './state.js';

type Segments = readonly DesiredSegment[];

/**
 * The segments of the next manifest. A pin sends traffic to a version past every stage, so it never names one that is still to prove itself, and
 * nothing new is pinned while the release waits. What Git pins no more, a hold names or was rejected follows the rollout at once.
 */
export function usableSegments(
  desired: Desired,
  state: RolloutState,
  current: RolloutManifest | null,
): Companions<Segments> {
  const published = current === null ? null : publishedSegments(current);
  const waits = published !== null && desired.waits.length > 0;
  const wanted = waits ? unpinned(published, desired.segments) : desired.segments;
  const checked = wanted.map((segment) => ({ segment, why: whyNoPin(segment, desired, state) }));
  const leftOut = checked.flatMap(({ segment, why }) =>
    why === null
      ? []
      : [
          `segment ${segment.name} is not answered by version ${segment.package!.version} but follows the rollout: ${why}`,
        ],
  );
  const late = waits && !sameSegments(wanted, desired.segments) ? [staysFor(desired)] : [];
  const kept = checked.map(({ segment, why }) => (why === null ? segment : { ...segment, package: null }));
  return { kept, leftOut: [...leftOut, ...late] };
}

const staysFor = ({ waits }: Desired): string =>
  `the segments stay as they are published while the release waits: ${waits.join('; ')}`;

export function publishedSegments(manifest: RolloutManifest): Segments {
  return manifest.segments.map(({ name, version, where }) => ({
    ...{ name, where, critical: false },
    package: manifest.packages.find((one) => one.version === version) ?? null,
  }));
}

/** As published, but what Git pins no more is free at once: taking a pin away is going back. */
function unpinned(published: Segments, desired: Segments): Segments {
  const pinned = new Set(desired.flatMap((one) => (one.package === null ? [] : [one.name])));
  return published.map((one) => (pinned.has(one.name) ? one : { ...one, package: null }));
}

function whyNoPin({ package: pin }: DesiredSegment, desired: Desired, state: RolloutState): string | null {
  if (pin === null) return null;
  const isAsked = pin.digest === desired.package.digest || pin.digest === state.candidate?.digest;
  if (isAsked && pin.digest !== state.champion.digest) return 'it is not live yet';
  return whyUnusable(pin, desired, state);
}

function sameSegments(a: Segments, b: Segments): boolean {
  const said = (segments: Segments): string =>
    JSON.stringify(segments.map(({ name, package: pin, where }) => [name, where, pin?.digest ?? null]));
  return said(a) === said(b);
}
