import { parseDurationUs } from '@signalbox/contracts';
import { standing, type Wait } from './wanted.js';

/** How long a package has been live in another environment, in event time there; null: it is not what is live. Or why nobody can tell. */
export type Soak = { readonly liveForUs: number | null } | { readonly problem: string };

/** A version starts here only after it was live where it is promoted from, unless it ran here before. */
export const soakNotOver: Wait = (wanted) => {
  const { background, release, settings } = wanted;
  const from = settings.environment.promotesFrom;
  if (from === undefined || !needsSoak(wanted) || background.askedBefore) return [];
  const { soak } = background;
  if (soak === null) return [`whether it was live in ${from.environment} was not looked up`];
  if ('problem' in soak) return [`what ${from.environment} runs cannot be read: ${soak.problem}`];
  const needed = `version ${release.version} must be live in ${from.environment} for ${from.soak}`;
  if (soak.liveForUs === null) return [`${needed}, and it is not live there`];
  return soak.liveForUs < parseDurationUs(from.soak) ? [`${needed}, and that is not over`] : [];
};

/** What runs or ran here, or has begun to, has been let in. */
export function needsSoak(wanted: Parameters<typeof standing>[0]): boolean {
  const stands = standing(wanted);
  return stands === 'new' || stands === 'first';
}
