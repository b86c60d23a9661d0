import { type Environment, parseDurationUs, US_PER_MS } from '@signalbox/contracts';
import { newNamed } from './beside.js';
import { standing, unlessUnknown, type Wait } from './wanted.js';

/** How long a package has been live in another environment, in event time there; null: it is not what is live. Or why nobody can tell. */
export type Soak = { readonly liveForUs: null } | LiveElsewhere | { readonly problem: string };

export interface LiveElsewhere {
  readonly liveForUs: number;
  /** Since when, event time there. */
  readonly sinceUs: number;
  /** A pod that is running has applied what is published there. */
  readonly applied: boolean;
  /** The package answered requests there, under what is published now. */
  readonly answered: boolean;
}

/**
 * A version starts here only after it was live where it is promoted from, unless it was live here before. So do arms, the versions of segments, and a fallback: no
 * traffic goes to what is still to prove itself.
 */
export const soakNotOver: Wait = (wanted) => {
  const { background, release, settings } = wanted;
  const from = settings.environment.promotesFrom;
  if (from === undefined) return [];
  const { besideRanBefore, besideSoaks, soak, wasLive } = background;
  const own = needsSoak(wanted) && !wasLive ? whyNotSoaked(`version ${release.version}`, soak, from) : [];
  const others = [...newNamed(wanted).keys()].filter((version) => !besideRanBefore.has(version));
  const all = [
    ...own,
    ...others.flatMap((version) =>
      whyNotSoaked(`version ${version}, which the release names too,`, besideSoaks.get(version) ?? null, from),
    ),
  ];
  return all.map((why) => `${why}${unlessUnknown(background)}`);
};

function whyNotSoaked(
  version: string,
  soak: Soak | null,
  from: NonNullable<Environment['promotesFrom']>,
): readonly string[] {
  if (soak === null) return [`whether ${version} was live in ${from.environment} was not looked up`];
  if ('problem' in soak) return [`what ${from.environment} runs cannot be read: ${soak.problem}`];
  const needed = `${version} must be live in ${from.environment} for ${from.soak}`;
  if (soak.liveForUs === null) return [`${needed}, and it is not live there`];
  const soakUs = parseDurationUs(from.soak);
  // Time in which nothing ran shows nothing.
  if (!soak.applied) return [`${needed}, and no pod that runs there has applied it`];
  if (!soak.answered) return [`${needed}, and it has answered no request there`];
  return soak.liveForUs < soakUs ? [`${needed}, and that is not over before ${timeOf(soak.sinceUs + soakUs)}`] : [];
}

const timeOf = (us: number): string => new Date(us / US_PER_MS).toISOString();

/** What runs or ran here, or has begun to, has been let in. */
export function needsSoak(wanted: Parameters<typeof standing>[0]): boolean {
  const stands = standing(wanted);
  return stands === 'new' || stands === 'first';
}
