import { isDeepStrictEqual } from 'node:util';
import type { RolloutManifest } from '@signalbox/contracts';
import type { Desired } from './input.js';

const NO_TRAFFIC = 'its rule, limits, clock or what is kept loaded changed: no traffic moves';

/**
 * What a new manifest says otherwise beside the rollout itself, in sentences. What differs from what Git asks for is not told here: why it was left out is.
 * `told`: a rule has said already why there is a new manifest.
 */
export function besideChanges(
  { fallback, segments }: Pick<Desired, 'fallback' | 'segments'>,
  {
    current,
    next,
    told,
  }: { readonly current: RolloutManifest; readonly next: RolloutManifest; readonly told: boolean },
): readonly string[] {
  const asked = new Map(segments.map(({ name, package: pin }) => [name, pin?.version ?? null]));
  const changed = next.segments
    .filter(
      (one) => one.version === (asked.get(one.name) ?? null) && !isDeepStrictEqual(one, segmentIn(current, one.name)),
    )
    .map(({ name, version }) =>
      version === null
        ? `segment ${name} follows the rollout`
        : `segment ${name} is answered by version ${version} as soon as pods have loaded it`,
    );
  const gone = current.segments
    .filter(({ name }) => segmentIn(next, name) === undefined)
    .map(({ name }) => `segment ${name} is no more: its requests follow the rollout or another segment`);
  const stands = next.fallback !== current.fallback && next.fallback === (fallback?.version ?? null);
  const standby =
    next.fallback === null ? 'no fallback stands by' : `version ${next.fallback} stands by as the fallback`;
  const sentences = [...changed, ...gone, ...reordered(current, next), ...(stands ? [standby] : [])];
  const same = isDeepStrictEqual([next.segments, next.fallback], [current.segments, current.fallback]);
  return same && !told ? [NO_TRAFFIC] : sentences;
}

const segmentIn = ({ segments }: RolloutManifest, name: string) => segments.find((one) => one.name === name);

/** The first segment whose condition holds has the request. */
function reordered(current: RolloutManifest, next: RolloutManifest): readonly string[] {
  const kept = current.segments.flatMap(({ name }) => (segmentIn(next, name) ? [name] : []));
  const now = next.segments.flatMap(({ name }) => (segmentIn(current, name) ? [name] : []));
  return isDeepStrictEqual(kept, now) ? [] : ['the order of its segments changed'];
}
