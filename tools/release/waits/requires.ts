import type { Release, RolloutManifest } from '@signalbox/contracts';
import type { Wait } from './wanted.js';

/** Other models that must be live first, in a version that is new enough. Taking one of them back is never stopped: `signalbox status` tells who needs it. */
export const requiredModelsMissing: Wait = ({ environment, published, release }) =>
  missingRequirements(release, published).map(
    ({ model, now, version }) => `needs version ${version} of ${model} to be live in ${environment} first (${now})`,
  );

/** A version of another model that must be live, and what is live of it now. */
export interface MissingRequirement {
  readonly model: string;
  readonly version: number;
  readonly now: string;
}

export function missingRequirements(
  { requires = {} }: Pick<Release, 'requires'>,
  published: ReadonlyMap<string, RolloutManifest>,
): readonly MissingRequirement[] {
  return Object.entries(requires).flatMap(([model, version]) => {
    const live = published.get(model)?.champion;
    if (live !== undefined && live >= version) return [];
    const now = live === undefined ? 'no version of it is' : `version ${live} is`;
    return [{ model, version, now }];
  });
}
