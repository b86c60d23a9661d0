import { readFile } from 'node:fs/promises';
import { isSignalboxError, SignalboxError } from '@signalbox/contracts';
import { Metadata, MetadataKind } from '@tufjs/models';
import { type KeyFolder, type KeySet, loadKeys, noKeys, type PublicKey, parseKey, type SigningKey } from './keys.js';
import type { NamedKey } from './sign-metadata.js';

/**
 * The emergency keys that a root names: those of both `snapshot` and `timestamp`, which share no other key. The root is where their public parts are
 * known to whoever signs `targets`: the private ones are offline.
 */
export function emergencyKeysOf(rootBytes: Uint8Array): readonly NamedKey[] {
  const root = Metadata.fromJSON(MetadataKind.Root, JSON.parse(Buffer.from(rootBytes).toString('utf8'))).signed;
  const ofTimestamp = new Set(root.roles.timestamp?.keyIDs);
  return (root.roles.snapshot?.keyIDs ?? [])
    .filter((keyId) => ofTimestamp.has(keyId))
    .map((keyId) => ({ keyId, publicKey: root.keys[keyId]!.toJSON() as unknown as PublicKey }));
}

/**
 * The emergency key as one that signs manifests, snapshot and timestamp, and nothing else: it can neither allow a package nor name a key. `file`: where
 * it lies, such as on a stick; the key folder of the work tree unless given. Throws `trust/no-keys`.
 */
export async function loadEmergencyKey(folder: KeyFolder, file?: string): Promise<KeySet> {
  const own = file === undefined ? await ownKeys(folder) : [parseKey(file, await readKey(file))];
  return { environment: folder.environment, keys: { ...noKeys(), rollout: own, snapshot: own, timestamp: own } };
}

async function ownKeys(folder: KeyFolder): Promise<readonly SigningKey[]> {
  const { emergency = [] } = (await loadKeys(folder).catch(withoutKeys))?.keys ?? {};
  if (emergency.length > 0) return emergency;
  const { dir, environment } = folder;
  throw new SignalboxError(
    'trust/no-keys',
    `--key is missing, and the emergency key of environment ${environment} is not in ${dir}`,
    {
      hint: `Name its file with --key, or go on where it is kept. An environment that was made without one: signalbox keys rotate emergency --env ${environment}`,
    },
  );
}

/** A machine without the repository's keys is where an emergency key on a stick is used: there is nothing to mint. */
function withoutKeys(error: unknown): null {
  if (isSignalboxError(error) && error.code === 'trust/no-keys') return null;
  throw error;
}

/** The roots from the one that pods pin to the newest, oldest first: what is published says which followed. */
export interface RootLine {
  readonly pinned: Uint8Array;
  readonly followed: readonly Uint8Array[];
}

/**
 * Those of the keys that the newest root names as emergency keys: a rotation that was cut leaves one at hand that no root names yet. Throws
 * `trust/unverified` where there is none: nobody would believe what they sign.
 */
export function namedEmergencyKeys(held: KeySet, { followed, pinned }: RootLine): KeySet {
  const { environment, keys } = held;
  const named = idsOf(followed.at(-1) ?? pinned);
  const own = keys.rollout.filter(({ keyId }) => named.includes(keyId));
  if (own.length > 0) return { ...held, keys: { ...keys, rollout: own, snapshot: own, timestamp: own } };
  const strangers = keys.rollout.map(({ keyId }) => keyId);
  const wasNamed = [pinned, ...followed].flatMap(idsOf).some((keyId) => strangers.includes(keyId));
  const what = wasNamed ? 'this emergency key was rotated' : 'this is not an emergency key of the newest root';
  const take = wasNamed
    ? 'Take one of those: `signalbox keys rotate emergency` made it where it ran, in .signalbox/keys/<env>/.'
    : 'Take one of those, or name the root that pods pin with --root.';
  throw new SignalboxError(
    'trust/unverified',
    `${what}: key ${strangers.map(short).join(', ')}, environment ${environment}`,
    { hint: `The newest root names ${named.map(short).join(', ') || 'none'}. ${take}` },
  );
}

const idsOf = (root: Uint8Array): readonly string[] => emergencyKeysOf(root).map(({ keyId }) => keyId);
const short = (keyId: string): string => keyId.slice(0, 12);

async function readKey(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SignalboxError('trust/no-keys', `${file} cannot be read`, {
      cause,
      hint: 'Name the file of the key with --key.',
    });
  });
}
