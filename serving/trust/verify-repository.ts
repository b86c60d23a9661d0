import { createHash } from 'node:crypto';
import {
  Metadata,
  MetadataKind,
  type MetaFile,
  type Root,
  type Snapshot,
  type TargetFile,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import {
  type AllowedPackage,
  type AppliedManifest,
  checkAgainstEnvironment,
  parseManifest,
} from './check-manifests.js';
import { modelOfTarget, packageOfTarget, ROLLOUT_ROLE } from './layout.js';
import { TRUST_LIMITS } from './limits.js';
import { Refusal } from './refusal.js';

/** One consistent state of a repository, as bytes. `roots` are those after the pinned one, in order. */
export interface RepositoryBytes {
  readonly roots: readonly Uint8Array[];
  readonly timestamp: Uint8Array;
  readonly snapshot: Uint8Array;
  readonly targets: Uint8Array;
  readonly rollout: Uint8Array;
  /** By model. */
  readonly manifests: ReadonlyMap<string, Uint8Array>;
}

export type SignedRole = 'root' | 'timestamp' | 'snapshot' | 'targets' | 'rollout';

export interface RoleFacts {
  readonly version: number;
  readonly expiresAtMs: number;
}

/** What a repository says once every signature, hash, version and rule holds. */
export interface VerifiedRepository {
  readonly roles: Readonly<Record<SignedRole, RoleFacts>>;
  /** The earliest expiry of all roles, epoch milliseconds. */
  readonly expiresAtMs: number;
  readonly allowed: readonly AllowedPackage[];
  readonly manifests: ReadonlyMap<string, AppliedManifest>;
}

export interface VerifyOptions {
  readonly environment: string;
  readonly pinnedRoot: Uint8Array;
  /** Refuses what expired by then. Null leaves expiry out: only for a state that was applied before, and for the publisher itself. */
  readonly expiryAtMs: number | null;
}

/**
 * Verifies a whole repository from the pinned root down, with no I/O: signatures and thresholds, lengths and hashes, versions, expiry,
 * then each manifest. Throws `Refusal`. It makes up what `tuf-js` cannot do: verify a cache after expiry, take the time from outside,
 * and know our documents. (TUF specification 1.0, section 5; the checks against an older state are the caller's.)
 */
export function verifyRepository(bytes: RepositoryBytes, options: VerifyOptions): VerifiedRepository {
  const root = followRoots(options.pinnedRoot, bytes.roots);
  const timestamp = parseRole('timestamp', MetadataKind.Timestamp, bytes.timestamp);
  verifySigned(root, 'timestamp', timestamp);

  const snapshot = parseRole('snapshot', MetadataKind.Snapshot, bytes.snapshot);
  verifyFile('snapshot', timestamp.signed.snapshotMeta, { bytes: bytes.snapshot, version: snapshot.signed.version });
  verifySigned(root, 'snapshot', snapshot);

  const targets = parseRole('targets', MetadataKind.Targets, bytes.targets);
  const listed = snapshot.signed.meta;
  verifyFile('targets', listed['targets.json'], { bytes: bytes.targets, version: targets.signed.version });
  verifySigned(root, 'targets', targets);

  const rollout = parseRole('rollout', MetadataKind.Targets, bytes.rollout);
  verifyFile('rollout', listed['rollout.json'], { bytes: bytes.rollout, version: rollout.signed.version });
  verifySigned(targets, ROLLOUT_ROLE, rollout);

  const roles = {
    root: factsOf(root),
    timestamp: factsOf(timestamp),
    snapshot: factsOf(snapshot),
    targets: factsOf(targets),
    rollout: factsOf(rollout),
  };
  if (options.expiryAtMs !== null) refuseExpired(roles, options.expiryAtMs);
  const allowed = allowedPackages(targets.signed);
  const manifests = verifyManifests(rollout.signed, bytes.manifests, { environment: options.environment, allowed });
  return { roles, expiresAtMs: Math.min(...Object.values(roles).map((role) => role.expiresAtMs)), allowed, manifests };
}

/** Each root is signed by a threshold of the one before and of itself, one version on: how keys rotate (section 5.3). */
export function followRoots(pinned: Uint8Array, roots: readonly Uint8Array[]): Metadata<Root> {
  let trusted = parseRole('root', MetadataKind.Root, pinned);
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
  }
  return trusted;
}

type MetadataOf<K extends MetadataKind> = ReturnType<typeof parseAs<K>>;

function parseRole<K extends MetadataKind>(role: SignedRole, kind: K, bytes: Uint8Array): MetadataOf<K> {
  try {
    return parseAs(kind, bytes);
  } catch (cause) {
    throw new Refusal(`${role} metadata is malformed (${messageOf(cause)})`, { cause });
  }
}

function parseAs<K extends MetadataKind>(kind: K, bytes: Uint8Array) {
  const parse = Metadata.fromJSON as unknown as (kind: K, data: unknown) => Metadata<SignedOf[K]>;
  return parse(kind, JSON.parse(Buffer.from(bytes).toString('utf8')));
}

interface SignedOf {
  root: Root;
  timestamp: Timestamp;
  snapshot: Snapshot;
  targets: Targets;
}

function verifySigned(
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
function verifyFile(
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

function factsOf(metadata: Metadata<SignedOf[MetadataKind]>): RoleFacts {
  const { version, expires } = metadata.signed;
  const expiresAtMs = Date.parse(expires);
  // `tuf-js` takes a date that it cannot read for one that never comes.
  if (!Number.isFinite(expiresAtMs)) throw new Refusal(`\`expires\` is no date: ${JSON.stringify(expires)}`);
  if (!Number.isSafeInteger(version) || version < 1) throw new Refusal(`a metadata version is ${version}`);
  return { version, expiresAtMs };
}

function refuseExpired(roles: Readonly<Record<SignedRole, RoleFacts>>, nowMs: number): void {
  for (const [role, { expiresAtMs }] of Object.entries(roles)) {
    if (expiresAtMs <= nowMs) {
      throw new Refusal(`${role} metadata expired at ${new Date(expiresAtMs).toISOString()}`);
    }
  }
}

/** Only the top-level targets role says what may run: what a delegated role lists under `packages/` counts for nothing. */
function allowedPackages(targets: Targets): readonly AllowedPackage[] {
  const allowed: AllowedPackage[] = [];
  for (const [path, target] of Object.entries(targets.targets)) {
    const named = packageOfTarget(path);
    if (!named) continue;
    if (`sha256:${target.hashes.sha256}` !== named.digest) throw new Refusal(`target ${path} has another SHA-256`);
    allowed.push({ ...named, sizeBytes: target.length });
  }
  return allowed;
}

/** The models of the rollout role, each with its target. */
export function manifestTargets(rollout: Targets): ReadonlyMap<string, TargetFile> {
  const found = new Map<string, TargetFile>();
  for (const [path, target] of Object.entries(rollout.targets)) {
    const model = modelOfTarget(path);
    if (model === null) throw new Refusal(`the rollout role signed ${path}, which is no manifest`);
    if (target.length > TRUST_LIMITS.manifestBytes) {
      throw new Refusal(`the manifest has ${target.length} bytes, at most ${TRUST_LIMITS.manifestBytes} are taken`, {
        model,
      });
    }
    found.set(model, target);
  }
  if (found.size > TRUST_LIMITS.models) {
    throw new Refusal(`the rollout role signed ${found.size} models, at most ${TRUST_LIMITS.models} are taken`);
  }
  return found;
}

/** Parsed, not verified: to know what to ask for next. `verifyRepository` decides over all of it at the end. */
export const parseRollout = (bytes: Uint8Array): Targets => parseRole('rollout', MetadataKind.Targets, bytes).signed;
export const parseSnapshot = (bytes: Uint8Array): Snapshot =>
  parseRole('snapshot', MetadataKind.Snapshot, bytes).signed;
export const parseTimestamp = (bytes: Uint8Array): Timestamp =>
  parseRole('timestamp', MetadataKind.Timestamp, bytes).signed;

function verifyManifests(
  rollout: Targets,
  found: ReadonlyMap<string, Uint8Array>,
  expected: { readonly environment: string; readonly allowed: readonly AllowedPackage[] },
): ReadonlyMap<string, AppliedManifest> {
  const manifests = new Map<string, AppliedManifest>();
  for (const [model, target] of manifestTargets(rollout)) {
    const bytes = found.get(model);
    if (!bytes) throw new Refusal('the manifest is missing', { model });
    if (!matchesTarget(target, bytes)) throw new Refusal('the manifest is not the file that was signed for', { model });
    const applied = parseManifest(model, bytes);
    checkAgainstEnvironment(applied, { ...expected, model });
    manifests.set(model, applied);
  }
  return manifests;
}

export function matchesTarget(target: TargetFile, bytes: Uint8Array): boolean {
  return bytes.length === target.length && createHash('sha256').update(bytes).digest('hex') === target.hashes.sha256;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
