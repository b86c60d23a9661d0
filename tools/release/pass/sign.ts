import {
  isSignalboxError,
  MS_PER_HOUR,
  MS_PER_MINUTE,
  type RolloutManifest,
  SignalboxError,
} from '@signalbox/contracts';
import {
  type Publication,
  type Published,
  publish,
  resign,
  type TrustPublisher,
  worthlessKinds,
} from '../../trust/index.js';
import { nullIfUnreadable } from '../null-if-unreadable.js';

export type Signed = 'manifests' | 'timestamp' | 'nothing';

/** A timestamp is signed again this often at the latest, so that pods know that what they have is the newest. */
const RESIGN_AFTER_MS = MS_PER_HOUR;
/** Further ahead of our clock than this, a timestamp was signed by a clock that was wrong, or for a validity that has been shortened. */
export const MAX_AHEAD_MS = MS_PER_MINUTE;

/** Publishes what changed; where nothing did, signs the timestamp anew when that is due. */
export async function sign(
  publisher: TrustPublisher,
  current: Published,
  changed: readonly RolloutManifest[],
): Promise<{ readonly published: Published; readonly signed: Signed }> {
  if (changed.length > 0) {
    const manifests = new Map([...current.manifests, ...changed.map((one) => [one.model, one] as const)]);
    const next = { manifests, allowedPackages: allowed(manifests) };
    return { published: await publishOrStayFresh(publisher, current, next), signed: 'manifests' };
  }
  if (!isDue(publisher, current)) return { published: current, signed: 'nothing' };
  return { published: await resign(publisher, current), signed: 'timestamp' };
}

/** What cannot be published, as by a key that was rotated away, keeps nobody from knowing that what is published is the newest. */
async function publishOrStayFresh(
  publisher: TrustPublisher,
  current: Published,
  next: Publication,
): Promise<Published> {
  try {
    return await publish(publisher, current, next);
  } catch (error) {
    if (isSignalboxError(error) && isDue(publisher, current)) await resign(publisher, current).catch(nullIfUnreadable);
    throw error;
  }
}

function isDue({ timestampValidityMs, wallNow }: TrustPublisher, { verified }: Published): boolean {
  const signedAtMs = verified.roles.timestamp.expiresAtMs - timestampValidityMs;
  const ageMs = wallNow() - signedAtMs;
  return ageMs >= resignAfterMs(timestampValidityMs) || ageMs < -MAX_AHEAD_MS;
}

/**
 * Keys that were rotated elsewhere are found out by a pass that has nothing to publish, not by the one that has to go back. Throws `trust/unverified`.
 */
export function refuseWorthlessKeys({ environment, keys, rootBytes }: TrustPublisher, published: Published): void {
  const worthless = worthlessKinds(keys, { published, rootBytes });
  if (worthless.length === 0) return;
  throw new SignalboxError(
    'trust/unverified',
    `this reconciler cannot publish to ${environment}: the newest root names none of its ${worthless.join(', ')} keys`,
    {
      hint: `What is published stands, and nothing goes back by this reconciler. Where the keys were rotated, signalbox keys export --env ${environment} prints them as the new line for SIGNALBOX_KEYS; start it with that. A reconciler on a key folder needs the new files there.`,
    },
  );
}

/** How old a timestamp becomes before a pass signs the next one. */
export const resignAfterMs = (timestampValidityMs: number): number =>
  Math.min(RESIGN_AFTER_MS, timestampValidityMs / 4);

/** Exactly the packages that some manifest names: pods refuse every other one. */
function allowed(manifests: ReadonlyMap<string, RolloutManifest>) {
  return [...manifests.values()].flatMap(({ model, packages }) =>
    packages.map(({ digest, sizeBytes }) => ({ model, digest, sizeBytes })),
  );
}
