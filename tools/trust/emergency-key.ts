import { readFile } from 'node:fs/promises';
import { SignalboxError } from '@signalbox/contracts';
import { Metadata, MetadataKind } from '@tufjs/models';
import { type KeyFolder, type KeySet, loadKeys, noKeys, type PublicKey, parseKey } from './keys.js';
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
  const own = file === undefined ? (await loadKeys(folder)).keys.emergency : [parseKey(file, await readKey(file))];
  if (own.length === 0) {
    throw new SignalboxError(
      'trust/no-keys',
      `the emergency key of environment ${folder.environment} is not in ${folder.dir}`,
      {
        hint: 'Name its file with --key, or go on where it is kept. An environment that was made without one: signalbox keys rotate emergency',
      },
    );
  }
  return { environment: folder.environment, keys: { ...noKeys(), rollout: own, snapshot: own, timestamp: own } };
}

async function readKey(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SignalboxError('trust/no-keys', `${file} cannot be read`, {
      cause,
      hint: 'Name the file of the key with --key.',
    });
  });
}
