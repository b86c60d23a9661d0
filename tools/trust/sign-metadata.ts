import { createHash } from 'node:crypto';
import { canonicalJson, SignalboxError } from '@signalbox/contracts';
import { parseTargetsMetadata, ROLLOUT_ROLE } from '@signalbox/serving/trust';
import { Metadata, MetadataKind, Signature } from '@tufjs/models';
import type { KeySet, PublicKey, TrustRole } from './keys.js';

const SPEC_VERSION = '1.0.31';

/** What TUF metadata says of a file that it lists. */
export interface FileFacts {
  readonly length: number;
  readonly hashes: { readonly sha256: string };
}

export interface Issue {
  readonly version: number;
  readonly expires: string;
}

export function factsOfFile(bytes: Uint8Array): FileFacts {
  return { length: bytes.length, hashes: { sha256: createHash('sha256').update(bytes).digest('hex') } };
}

type Json = Readonly<Record<string, unknown>>;

const KINDS = {
  root: 'root',
  targets: 'targets',
  rollout: 'targets',
  snapshot: 'snapshot',
  timestamp: 'timestamp',
} as const;

/** Signs `body` as `role`, with every key of the role at hand. Throws `trust/no-keys` when there is none. */
export function signRole(
  role: TrustRole,
  keys: KeySet,
  content: { readonly issue: Issue; readonly body: Json },
): Buffer {
  const signers = keys.keys[role];
  if (signers.length === 0) {
    throw new SignalboxError('trust/no-keys', `the ${role} key of environment ${keys.environment} is not here`, {
      hint:
        role === 'targets'
          ? 'The allowed packages change only where the targets key is.'
          : 'Run this where the key is.',
    });
  }
  const signed = { _type: KINDS[role], spec_version: SPEC_VERSION, ...content.issue, ...content.body };
  const metadata = parseUnsigned(KINDS[role], signed);
  for (const signer of signers) {
    metadata.sign((data) => new Signature({ keyID: signer.keyId, sig: signer.sign(data) }));
  }
  return Buffer.from(canonicalJson(metadata.toJSON()));
}

function parseUnsigned(kind: string, signed: Json) {
  const data = { signed, signatures: [] } as unknown as Parameters<typeof Metadata.fromJSON>[1];
  switch (kind) {
    case 'root':
      return Metadata.fromJSON(MetadataKind.Root, data);
    case 'snapshot':
      return Metadata.fromJSON(MetadataKind.Snapshot, data);
    case 'timestamp':
      return Metadata.fromJSON(MetadataKind.Timestamp, data);
    default:
      return parseTargetsMetadata(data);
  }
}

/** A key as others may know it. */
export interface NamedKey {
  readonly keyId: string;
  readonly publicKey: PublicKey;
}

const keyTable = (keys: readonly NamedKey[]) => Object.fromEntries(keys.map((key) => [key.keyId, key.publicKey]));
const roleEntry = (keys: readonly NamedKey[], threshold: number) => ({
  keyids: keys.map((key) => key.keyId),
  threshold,
});

/** The body of root: which keys sign which role. */
export function rootBody({ keys }: KeySet, threshold: number): Json {
  const { emergency, root, snapshot, targets, timestamp } = keys;
  return {
    consistent_snapshot: true,
    keys: keyTable([...root, ...targets, ...snapshot, ...timestamp, ...emergency]),
    roles: {
      root: roleEntry(root, threshold),
      targets: roleEntry(targets, 1),
      snapshot: roleEntry([...snapshot, ...emergency], 1),
      timestamp: roleEntry([...timestamp, ...emergency], 1),
    },
  };
}

/** The delegation to the online role: manifests only, and nothing below another role. Either of the keys signs them. */
export function rolloutDelegation(keys: readonly NamedKey[]): Json {
  return {
    keys: keyTable(keys),
    roles: [{ name: ROLLOUT_ROLE, ...roleEntry(keys, 1), terminating: true, paths: [`${ROLLOUT_ROLE}/*`] }],
  };
}
