import {
  Metadata,
  MetadataKind,
  type MetaFile,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import { parseTargetsMetadata } from './many-targets.js';
import { messageOf, Refusal } from './refusal.js';

export type SignedRole = 'root' | 'timestamp' | 'snapshot' | 'targets' | 'rollout';

export interface RoleFacts {
  readonly version: number;
  readonly expiresAtMs: number;
}

export interface TrustedRoot {
  readonly metadata: Metadata<Root>;
  readonly bytes: Uint8Array;
}

/** Each root is signed by a threshold of the one before and of itself, one version on: how keys rotate (section 5.3). */
export function followRoots(pinned: Uint8Array, roots: readonly Uint8Array[]): TrustedRoot {
  let trusted = parseRole('root', MetadataKind.Root, pinned);
  let newest = pinned;
  verifySigned(trusted, 'root', trusted);
  for (const bytes of roots) {
    const next = parseRole('root', MetadataKind.Root, bytes);
    // A pod that was given a newer root may still have the older ones in its cache.
    if (next.signed.version <= trusted.signed.version) continue;
    if (next.signed.version !== trusted.signed.version + 1) {
      throw new Refusal(`root version ${trusted.signed.version} is followed by ${next.signed.version}`);
    }
    verifySigned(trusted, 'root', next);
    verifySigned(next, 'root', next);
    trusted = next;
    newest = bytes;
  }
  return { metadata: trusted, bytes: newest };
}

type MetadataOf<K extends MetadataKind> = ReturnType<typeof parseAs<K>>;

export function parseRole<K extends MetadataKind>(role: SignedRole, kind: K, bytes: Uint8Array): MetadataOf<K> {
  try {
    return parseAs(kind, bytes);
  } catch (cause) {
    throw new Refusal(`${role} metadata is malformed (${messageOf(cause)})`, { cause });
  }
}

function parseAs<K extends MetadataKind>(kind: K, bytes: Uint8Array): Metadata<SignedOf[K]> {
  const data: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (kind === MetadataKind.Targets) return parseTargetsMetadata(data) as Metadata<SignedOf[K]>;
  const parse = Metadata.fromJSON as unknown as (kind: K, data: unknown) => Metadata<SignedOf[K]>;
  return parse(kind, data);
}

interface SignedOf {
  root: Root;
  timestamp: Timestamp;
  snapshot: Snapshot;
  targets: Targets;
}

export function verifySigned(
  by: Metadata<Root> | Metadata<Targets>,
  role: string,
  metadata: Metadata<SignedOf[MetadataKind]>,
): void {
  try {
    by.verifyDelegate(role, metadata);
  } catch (cause) {
    throw new Refusal(`${role} metadata is not signed as the root demands (${messageOf(cause)})`, { cause });
  }
}

/** Stops mix-and-match: each file is the very one that its parent lists, by version, length and hash. */
export function verifyFile(
  role: SignedRole,
  listed: MetaFile | undefined,
  found: { readonly bytes: Uint8Array; readonly version: number },
): void {
  if (!listed) throw new Refusal(`${role} metadata is not listed by the snapshot`);
  if (listed.version !== found.version) {
    throw new Refusal(`${role} metadata has version ${found.version}, listed is ${listed.version}`);
  }
  if (listed.length === undefined || listed.hashes?.sha256 === undefined) {
    throw new Refusal(`${role} metadata is listed without a length or a SHA-256`);
  }
  try {
    listed.verify(Buffer.from(found.bytes));
  } catch (cause) {
    throw new Refusal(`${role} metadata is not the file that was signed for (${messageOf(cause)})`, { cause });
  }
}

export function factsOf(metadata: Metadata<SignedOf[MetadataKind]>): RoleFacts {
  const { version, expires } = metadata.signed;
  const expiresAtMs = Date.parse(expires);
  // `tuf-js` takes a date that it cannot read for one that never comes.
  if (!Number.isFinite(expiresAtMs)) throw new Refusal(`\`expires\` is no date: ${JSON.stringify(expires)}`);
  if (!Number.isSafeInteger(version) || version < 1) throw new Refusal(`a metadata version is ${version}`);
  return { version, expiresAtMs };
}

/** Parsed, not verified: to know what to ask for next. `verifyRepository` decides over all of it at the end. */
export const parseRollout = (bytes: Uint8Array): Targets => parseRole('rollout', MetadataKind.Targets, bytes).signed;
export const parseSnapshot = (bytes: Uint8Array): Snapshot =>
  parseRole('snapshot', MetadataKind.Snapshot, bytes).signed;
export const parseTimestamp = (bytes: Uint8Array): Timestamp =>
  parseRole('timestamp', MetadataKind.Timestamp, bytes).signed;
