import type { RolloutManifest } from '@signalbox/contracts';
import { type ReleaseState, statesBefore } from '../branch/release-history.js';

/** What manifests say of a model in an environment, by version number: a number names one package for ever. */
export interface LiveHere {
  readonly published: Pick<RolloutManifest, 'champion' | 'previousChampion'> & {
    readonly rollout: Pick<RolloutManifest['rollout'], 'emergency'>;
  };
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

export interface ReturnUnderWay {
  readonly version: number;
  /** What is live until then, and was left. */
  readonly live: number;
  /** What else could be live at once. */
  readonly loaded: number | null;
  /** At once in the next pass, by steps or after a wait, or not while the emergency stands. */
  readonly comes: 'at once' | 'by steps' | 'after the emergency';
}

/**
 * A return that Git asks for and that is not live yet, while what is live has been left: then what came before the return is not what anybody who goes
 * back now means, and would keep what was left serving longer. Null where there is none, or where it may not serve. Pure.
 */
export function returnUnderWay(
  history: readonly ReleaseState[],
  { held, live }: { readonly held: ReadonlySet<number>; readonly live: LiveHere | null },
): ReturnUnderWay | null {
  const version = history.at(-1)?.version;
  if (live === null || version === undefined || !isAskedAgain(history, version)) return null;
  const { champion, previousChampion, rollout } = live.published;
  if (version === champion || statesBefore(history).some((state) => state.version === champion)) return null;
  const out = new Set([...held, ...live.rejected]);
  if (out.has(version)) return null;
  const loaded = previousChampion === null || out.has(previousChampion) ? null : previousChampion;
  const isAtOnce = version === loaded || (loaded === null && held.has(champion) && live.wasLive.has(version));
  const comes = rollout.emergency !== null ? 'after the emergency' : isAtOnce ? 'at once' : 'by steps';
  return { version, live: champion, loaded: loaded === version ? null : loaded, comes };
}

/** With something else between: an edit of the rest of its release file asks for nothing again. */
function isAskedAgain(history: readonly ReleaseState[], version: number): boolean {
  const other = history.findLastIndex((state) => state.version !== version);
  return history.slice(0, Math.max(0, other)).some((state) => state.version === version);
}

export type Standing = 'way back' | 'never live' | 'left';

/**
 * What a version is to a rollback. A way back is what is live or still loaded, and what stands on the stack of versions to go back to, unless manifests
 * say that it never was live. Everything else comes forward, as by a promotion. Pure.
 */
export function standingOf(version: number, history: readonly ReleaseState[], live: LiveHere | null): Standing {
  if (isLoaded(version, live)) return 'way back';
  if (!statesBefore(history).some((state) => state.version === version)) return 'left';
  return wasNeverLive(version, live) ? 'never live' : 'way back';
}

/** How a version comes that is no way back by name alone: what was left means forward again, loaded or not. Null: it is one. Pure. */
export function comesForward(version: number, history: readonly ReleaseState[], live: LiveHere | null): string | null {
  const isOnStack = statesBefore(history).some((state) => state.version === version);
  if (isOnStack && standingOf(version, history, live) === 'way back') return null;
  return isLoaded(version, live) ? 'still loaded, so at once' : 'by the approvals of a promotion';
}

/** Whether it is live or was just before: then it takes no steps. */
export function isLoaded(version: number, live: LiveHere | null): boolean {
  return live !== null && [live.published.champion, live.published.previousChampion].includes(version);
}

const wasNeverLive = (version: number, live: LiveHere | null): boolean =>
  live?.isWhole === true && !live.wasLive.has(version);

/** What is asked for may be under way or wait: then what is live is what was before it. */
const liveBefore = ({ published: { champion, previousChampion } }: LiveHere, asked: number | undefined) =>
  champion === asked ? previousChampion : champion;

function whyOut(
  version: number,
  { held, live }: { readonly held: ReadonlySet<number>; readonly live: LiveHere | null },
): string | null {
  if (held.has(version)) return 'is held';
  if (live?.rejected.has(version)) return 'was rejected';
  return wasNeverLive(version, live) ? 'was never live' : null;
}
