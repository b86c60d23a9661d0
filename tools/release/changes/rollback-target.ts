import type { RolloutManifest } from '@signalbox/contracts';
import { type ReleaseState, statesBefore } from '../branch/release-history.js';

/** What manifests say of a model in an environment, by version number: a number names one package for ever. */
export interface LiveHere {
  readonly published: Pick<RolloutManifest, 'champion' | 'previousChampion'>;
  /** Those that the reconciler keeps out. */
  readonly rejected: ReadonlySet<number>;
  /** Those that were live, as far as decisions are kept. */
  readonly wasLive: ReadonlySet<number>;
  /** Whether decisions are kept from the first manifest on: then no other version was ever live. */
  readonly isWhole: boolean;
}

export interface Before {
  /** Null: there is nothing to go back to. */
  readonly target: ReleaseState | null;
  /** What was asked for later than that and is passed over, the last first, with why as a sentence's end. */
  readonly passed: readonly { readonly version: number; readonly why: string }[];
}

/**
 * The state to go back to: the one with what was live before, since that is loaded, and Git may have asked meanwhile for what never came to be live; else the
 * newest that was live here and may serve. Never what a return has left. Without manifests (`live` is null) it is the last that Git asked for. Pure.
 */
export function stateToGoBackTo(
  history: readonly ReleaseState[],
  { held, live }: { readonly held: ReadonlySet<number>; readonly live: LiveHere | null },
): Before {
  const before = statesBefore(history);
  const asked = history.at(-1)?.version;
  const last = live === null ? null : liveBefore(live, asked);
  const usable = before.filter(({ version }) => whyOut(version, { held, live }) === null);
  const target = [
    usable.find(({ version }) => version === last),
    usable.find(({ version }) => live?.wasLive.has(version)),
    usable[0],
  ].find((one) => one !== undefined);
  const passed = before.slice(0, target === undefined ? undefined : before.indexOf(target)).map(({ version }) => ({
    version,
    why: whyOut(version, { held, live }) ?? 'was not live last',
  }));
  return { target: target ?? null, passed };
}

/** What is asked for may be under way or wait: then what is live is what was before it. */
const liveBefore = ({ published: { champion, previousChampion } }: LiveHere, asked: number | undefined) =>
  champion === asked ? previousChampion : champion;

function whyOut(
  version: number,
  { held, live }: { readonly held: ReadonlySet<number>; readonly live: LiveHere | null },
): string | null {
  if (held.has(version)) return 'is held';
  if (live?.rejected.has(version)) return 'was rejected';
  return live?.isWhole && !live.wasLive.has(version) ? 'was never live' : null;
}
