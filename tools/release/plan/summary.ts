import { isDeepStrictEqual } from 'node:util';
import type { Workspace } from '@signalbox/contracts';
import { movesBy, type NextPass } from './outlook.js';

export interface Summing {
  readonly before: Workspace;
  readonly after: Workspace;
  readonly nextPass: NextPass;
  /** No document says anything else that counts for what runs or will run. */
  readonly isQuiet: boolean;
}

/**
 * What a change comes to: that it changes no traffic is said only where the production decision was asked with it and without it, and both say the same
 * of everything that is asked for. Pure.
 */
export function summaryOf({ after, before, isQuiet, nextPass }: Summing): readonly string[] {
  const { outlooks, unread } = nextPass;
  if (unread.size > 0) {
    const same = isDeepStrictEqual(releasesIn(before), releasesIn(after));
    const git = same ? ['No release file asks for anything else.'] : [];
    return [[...git, ...unreadSentences(unread)].join(' ')];
  }
  const all = [...outlooks.values()];
  if (all.some(movesBy)) return [];
  if (isQuiet && !all.some(({ asksOtherwise }) => asksOtherwise)) return ['Merging this changes no traffic.'];
  return outlooks.size === 0 ? [] : ['The next pass publishes the same with this as without it.'];
}

const releasesIn = ({ environments }: Workspace) =>
  [...environments].map(([name, { releases }]) => [name, releases] as const);

function unreadSentences(unread: ReadonlyMap<string, string>): readonly string[] {
  const byReason = new Map<string, string[]>();
  for (const [environment, why] of unread) byReason.set(why, [...(byReason.get(why) ?? []), environment]);
  return [...byReason].map(
    ([why, names]) =>
      `What is published in ${names.join(', ')} could not be read here (${why}), so this does not say what the next pass makes of it.`,
  );
}
