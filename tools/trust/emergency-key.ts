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

/** Throws `trust/unverified` for a key that the root does not name as an emergency key: nobody would believe what it signs. */
export function assertEmergencyKey({ environment, keys }: KeySet, rootBytes: Uint8Array): void {
  const named = emergencyKeysOf(rootBytes).map(({ keyId }) => keyId);
  const stranger = keys.rollout.find(({ keyId }) => !named.includes(keyId));
  if (stranger === undefined) return;
  throw new SignalboxError(
    'trust/unverified',
    `this is not an emergency key of this root: key ${stranger.keyId.slice(0, 12)}, environment ${environment}`,
    {
      hint: `The root names ${named.map((keyId) => keyId.slice(0, 12)).join(', ') || 'none'}. Take one of those, or name the root that pods pin with --root.`,
    },
  );
}

async function readKey(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SignalboxError('trust/no-keys', `${file} cannot be read`, {
      cause,
      hint: 'Name the file of the key with --key.',
    });
  });
}
