import { standing, type Wait } from './wanted.js';

const MOST_NAMED = 5;

/**
 * The first version of a model gets all units at once, because there is nothing else. Where Git asked for another one before, there was or may have been:
 * what was published is lost, or never came to be. Then a version that was still to prove itself, or was rejected, would be the first, so a person says
 * which one it is.
 */
export const nothingKnown: Wait = (wanted) => {
  const { background, environment, model, record, release, settings } = wanted;
  const { otherVersions } = background;
  if (standing(wanted) !== 'first' || otherVersions.length === 0) return [];
  if (settings.confirmations.get(record.package.digest)?.stages.includes('live')) return [];
  const asked = [...otherVersions].sort((a, b) => a - b).slice(-MOST_NAMED);
  const confirm = `signalbox confirm ${model} --env ${environment} --stage live`;
  return [
    `nothing of ${model} is published, and Git asked here for version ${asked.join(', ')} before: that never came to be live, or what was published is lost (then restore the store). Somebody confirms that version ${release.version} gets all units (${confirm}), or that another one does (signalbox rollback ${model} --env ${environment} --to <n>, then that)`,
  ];
};
