import { SignalboxError } from '@signalbox/contracts';
import {
  followRoots,
  manifestTarget,
  manifestTargets,
  metadataKey,
  parseRollout,
  parseSnapshot,
  parseTimestamp,
  Refusal,
  type RepositoryBytes,
  readCapped,
  TRUST_LIMITS,
  targetKey,
  timestampKey,
  verifyRepository,
} from '@signalbox/serving/trust';
import { type Published, publishedOf, type TrustReader } from './repository.js';

/**
 * The newest published state, verified from the root down; null when nothing was ever published. Expiry is not refused (the publisher
 * is who ends it): see `verified.expiresAtMs`. With `since`, an unchanged store answers that very object, and a timestamp older than
 * it is refused: without local memory nobody can tell a replayed state from the newest one.
 * Throws `trust/unverified`, `store/stale` for an older state than `since` and `store/unavailable`.
 */
export async function readPublished(reader: TrustReader, since: Published | null = null): Promise<Published | null> {
  try {
    const timestamp = await readCapped(reader.store, timestampKey(reader.environment), TRUST_LIMITS.timestampBytes);
    if (timestamp === null) return null;
    if (since?.etag === timestamp.etag) return since;
    const bytes = await readRepository(reader, timestamp.bytes);
    const { environment, rootBytes } = reader;
    const verified = verifyRepository(bytes, { environment, pinnedRoot: rootBytes, expiryAtMs: null });
    const atLeast = since?.verified.roles.timestamp.version ?? 0;
    if (verified.roles.timestamp.version < atLeast) throw stale(environment, verified.roles.timestamp.version, atLeast);
    return publishedOf({ etag: timestamp.etag, bytes, verified });
  } catch (error) {
    throw asError(error, reader.environment);
  }
}

function stale(environment: string, version: number, atLeast: number): SignalboxError {
  return new SignalboxError(
    'store/stale',
    `environment ${environment}: the store answers timestamp version ${version}, and ${atLeast} was seen there before`,
    {
      hint: 'It answers old reads after new writes, or someone put an old state back. Nothing is decided by it; pods refuse it too and serve on.',
      retryable: true,
    },
  );
}

const READ_HINT =
  'Someone else wrote to the store, or the root in Git is not the one it was signed with. Pods serve on with what they have.';

/** A refusal as an error for people who are not pods. */
export function asError(error: unknown, environment: string, hint = READ_HINT): unknown {
  if (!(error instanceof Refusal)) return error;
  if (error.kind === 'store') {
    return new SignalboxError('store/unavailable', error.message, { cause: error.cause, retryable: true });
  }
  return new SignalboxError('trust/unverified', `environment ${environment}: ${error.message}`, { hint, cause: error });
}

async function readRepository(reader: TrustReader, timestamp: Uint8Array): Promise<RepositoryBytes> {
  const roots = await readRoots(reader);
  const read = (role: string, version: number, maxBytes: number): Promise<Uint8Array> =>
    readRequired(reader, metadataKey(reader.environment, role, version), maxBytes);
  const snapshot = await read('snapshot', parseTimestamp(timestamp).snapshotMeta.version, TRUST_LIMITS.snapshotBytes);
  const listed = parseSnapshot(snapshot).meta;
  const [targets, rollout] = await Promise.all(
    ['targets', 'rollout'].map((role) => {
      const version = listed[`${role}.json`]?.version;
      if (version === undefined) throw new Refusal(`${role} metadata is not listed by the snapshot`);
      return read(role, version, TRUST_LIMITS.targetsBytes);
    }),
  );
  const manifests = await readManifests(reader, rollout!);
  return { roots, timestamp, snapshot, targets: targets!, rollout: rollout!, manifests };
}

async function readRoots(reader: TrustReader): Promise<readonly Uint8Array[]> {
  const roots: Uint8Array[] = [];
  let version = followRoots(reader.rootBytes, []).metadata.signed.version;
  for (let walked = 0; walked < TRUST_LIMITS.rootRotations; walked++) {
    version += 1;
    const next = await readCapped(
      reader.store,
      metadataKey(reader.environment, 'root', version),
      TRUST_LIMITS.rootBytes,
    );
    if (!next) break;
    roots.push(next.bytes);
  }
  return roots;
}

async function readManifests(reader: TrustReader, rollout: Uint8Array): Promise<ReadonlyMap<string, Uint8Array>> {
  const entries = [...manifestTargets(parseRollout(rollout))].map(async ([model, target]) => {
    const key = targetKey(reader.environment, manifestTarget(model), target.hashes.sha256!);
    return [model, await readRequired(reader, key, target.length)] as const;
  });
  return new Map(await Promise.all(entries));
}

async function readRequired(reader: TrustReader, key: string, maxBytes: number): Promise<Uint8Array> {
  const found = await readCapped(reader.store, key, maxBytes);
  if (!found) throw new Refusal(`${key} is missing`);
  return found.bytes;
}
