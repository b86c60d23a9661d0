import { canonicalJson, digestJson, isSignalboxError, SignalboxError } from '@signalbox/contracts';
import { metadataKey, timestampKey, type VerifiedRepository, verifyRepository } from '@signalbox/serving/trust';
import { type PublicationPlan, planPublication } from './plan-publication.js';
import { asError, readPublished } from './read-published.js';
import { type Publication, type Published, publishedOf, type TrustPublisher } from './repository.js';
import { writeBeforehand, writeOnce } from './write-files.js';

const OWN_HINT =
  'Pods would refuse this, so nothing of it was made visible. The keys at hand are not those that the newest root names (releases/<env>/root.json, or one that followed it in the store when keys were rotated): `signalbox keys show` says which are worth nothing. A reconciler in a workflow needs the secret anew: `signalbox keys export`.';

/**
 * How many versions an attempt leaves out where those before were taken. A cut leaves one behind, so it is one more at a time; then ever more, so that a
 * store in which something was cut off thousands of times still takes a publication.
 */
const SKIPS = [...Array(16).keys(), ...Array.from({ length: 16 }, (_, at) => 16 * 2 ** at)];

/**
 * Lays the environment's first metadata down: the root, no package, no manifest. Pods refuse it as empty, and serve once something is
 * published. Running it again, or after a cut, is fine.
 */
export async function initialiseTrust(publisher: TrustPublisher): Promise<Published> {
  const found = await readPublished(publisher);
  if (found) return found;
  await writeOnce(publisher.store, metadataKey(publisher.environment, 'root', 1), publisher.rootBytes);
  return commit(publisher, { current: null, next: { manifests: new Map(), allowedPackages: [] } });
}

/**
 * Publishes by compare-and-swap: everything new is written first under names that nobody reads yet, then `timestamp.json` replaces the
 * one that `current` was read from. A crash at any point leaves the old state valid. `targets` is signed only when the allowed
 * packages change, so moving weight needs no targets key. Nothing is written when nothing changes.
 * Throws `store/conflict` when someone else published since `current` (read again, decide again), `release/refused` when a manifest does not
 * follow the published one, `trust/unverified` for a state that pods would refuse, `trust/no-keys`.
 */
export async function publish(publisher: TrustPublisher, current: Published, next: Publication): Promise<Published> {
  assertSucceeds(current, next);
  const unchanged = canonicalJson(contentOf(current)) === canonicalJson(contentOf(next));
  return unchanged ? current : commit(publisher, { current, next });
}

/** Signs the timestamp anew, and any online role that nears its expiry: hourly, so that pods know that this is still the newest. */
export function resign(publisher: TrustPublisher, current: Published): Promise<Published> {
  return commit(publisher, { current, next: current });
}

/** Signs every role anew, whatever it says: so that a key which the newest root names for it has signed it. */
export function signAnew(publisher: TrustPublisher, current: Published): Promise<Published> {
  return commit(publisher, { current, next: current, anew: true });
}

interface Change {
  readonly current: Published | null;
  readonly next: Publication;
  readonly anew?: boolean;
}

const contentOf = ({ allowedPackages, manifests }: Publication) => ({
  packages: [...new Set(allowedPackages.map((each) => canonicalJson(each)))].sort(),
  manifests: Object.fromEntries(manifests),
});

async function commit(publisher: TrustPublisher, { anew = false, current, next }: Change): Promise<Published> {
  const { environment, keys, store, timestampValidityMs } = publisher;
  const rootBytes = current?.bytes.roots.at(-1) ?? publisher.rootBytes;
  const nowMs = publisher.wallNow();
  for (const skip of SKIPS) {
    const about = { environment, rootBytes, keys, nowMs, timestampValidityMs };
    const plan = planPublication({ ...about, current, next, anew, skip });
    const verified = verifyOwn(plan, { environment, rootBytes: publisher.rootBytes, nowMs });
    if (!(await writeBeforehand(store, plan.writes))) continue;
    const etag = await swapTimestamp(publisher, current, plan.bytes.timestamp);
    return publishedOf({ etag, bytes: plan.bytes, verified });
  }
  throw new SignalboxError(
    'store/conflict',
    `${SKIPS.length} times the next versions were taken by unfinished publications`,
    {
      hint: 'Something writes to the trust folder of this environment and never finishes; look for it.',
    },
  );
}

/** The one write that pods see. */
async function swapTimestamp(
  { environment, store }: TrustPublisher,
  current: Published | null,
  timestamp: Uint8Array,
): Promise<string> {
  try {
    const condition = current ? { ifMatch: current.etag } : { ifAbsent: true as const };
    return (await store.write(timestampKey(environment), timestamp, condition)).etag;
  } catch (cause) {
    if (!isSignalboxError(cause) || cause.code !== 'store/conflict') throw cause;
    throw new SignalboxError('store/conflict', `someone else published to environment ${environment} first`, {
      hint: 'Read what is published now and decide again; nothing of this publication is visible.',
      retryable: true,
      cause,
    });
  }
}

/** What pods will check, checked before anyone can see it: a wrong key or root fails here, not on every pod. */
function verifyOwn(
  plan: PublicationPlan,
  at: { readonly environment: string; readonly rootBytes: Uint8Array; readonly nowMs: number },
): VerifiedRepository {
  const { environment, nowMs, rootBytes } = at;
  try {
    return verifyRepository(plan.bytes, { environment, pinnedRoot: rootBytes, expiryAtMs: nowMs });
  } catch (error) {
    throw asError(error, environment, OWN_HINT);
  }
}

/** The rules between two states: serials rise, and each manifest names the one before it. */
function assertSucceeds(current: Published, next: Publication): void {
  for (const [model, manifest] of next.manifests) {
    const before = current.verified.manifests.get(model);
    if (!before || digestJson(manifest) === before.digest) continue;
    if (manifest.serial <= before.manifest.serial || manifest.previous !== before.digest) {
      throw new SignalboxError(
        'release/refused',
        `the manifest of ${model} has serial ${manifest.serial} after ${manifest.previous}, but ${before.manifest.serial} (${before.digest}) is published`,
        { hint: 'A manifest rises by one from the published one and carries its digest; read again and decide again.' },
      );
    }
  }
}
