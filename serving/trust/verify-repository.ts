import { createHash } from 'node:crypto';
import { MetadataKind, type TargetFile, type Targets } from '@tufjs/models';
import {
  type AllowedPackage,
  type AppliedManifest,
  checkAgainstEnvironment,
  parseManifest,
} from './check-manifests.js';
import { modelOfTarget, packageOfTarget, ROLLOUT_ROLE } from './layout.js';
import { TRUST_LIMITS } from './limits.js';
import { Refusal } from './refusal.js';
import {
  factsOf,
  followRoots,
  parseRole,
  type RoleFacts,
  type SignedRole,
  verifyFile,
  verifySigned,
} from './signed-metadata.js';

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
  const { metadata: root } = followRoots(options.pinnedRoot, bytes.roots);
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
