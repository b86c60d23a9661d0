import { canonicalJson, type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import {
  type AllowedPackage,
  manifestTarget,
  metadataKey,
  packageTarget,
  type RepositoryBytes,
  targetKey,
} from '@signalbox/serving/trust';
import { emergencyKeysOf } from './emergency-key.js';
import { expiryAfter, RENEW_BELOW, VALIDITY_MS } from './expiries.js';
import type { KeySet } from './keys.js';
import type { Publication, Published } from './repository.js';
import { factsOfFile, type Issue, rolloutDelegation, signRole } from './sign-metadata.js';

export interface PlanInput {
  readonly environment: string;
  /** The newest root: it names the emergency key, which need not be at hand. */
  readonly rootBytes: Uint8Array;
  readonly current: Published | null;
  readonly next: Publication;
  readonly keys: KeySet;
  readonly nowMs: number;
  readonly timestampValidityMs: number;
  /** Signs every role anew, by the keys that are named now: after a key was changed. */
  readonly anew: boolean;
  /** Version numbers to leave out: an attempt that was cut off left files of those names behind. */
  readonly skip: number;
}

/** A file under a name that nobody reads yet: its content's hash, or a version that no timestamp leads to. */
export interface PlannedWrite {
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly named: 'by-hash' | 'by-version';
}

export interface PublicationPlan {
  /** All before the timestamp; those that are named by version in this order, the snapshot last. */
  readonly writes: readonly PlannedWrite[];
  /** The whole repository as it will be; its timestamp is what makes it visible. */
  readonly bytes: RepositoryBytes;
}

type Renewable = 'targets' | 'rollout' | 'snapshot';

/** Decides which roles are signed anew, and signs them. A role whose content stays keeps its version. Pure but for the keys. */
export function planPublication(input: PlanInput): PublicationPlan {
  const { current, environment, keys, next } = input;
  const manifests = new Map([...next.manifests].map(([model, each]) => [model, Buffer.from(canonicalJson(each))]));
  const targets = sameJson(current && packageTable(current.allowedPackages), packageTable(next.allowedPackages))
    ? kept(input, 'targets', () => signTargets(input))
    : signTargets(input);
  const rollout = sameManifests(current?.manifests, next.manifests)
    ? kept(input, 'rollout', () => signRollout(input, manifests))
    : signRollout(input, manifests);
  const snapshotBody = { meta: { 'rollout.json': listing(rollout), 'targets.json': listing(targets) } };
  const signSnapshot = (): Signed => signed('snapshot', input, snapshotBody);
  const snapshot = targets.isNew || rollout.isNew ? signSnapshot() : kept(input, 'snapshot', signSnapshot);

  const version = (current?.verified.roles.timestamp.version ?? 0) + 1;
  const issue = { version, expires: expiryAfter(input.nowMs, input.timestampValidityMs) };
  const timestamp = signRole('timestamp', keys, { issue, body: { meta: { 'snapshot.json': listing(snapshot) } } });

  const roles = { rollout, targets, snapshot };
  const files = Object.entries(roles).filter(([, role]) => role.isNew);
  return {
    writes: [
      ...newManifests(input, manifests),
      ...files.map(([role, { bytes, version }]) => ({
        key: metadataKey(environment, role, version),
        bytes,
        named: 'by-version' as const,
      })),
    ],
    bytes: {
      roots: current?.bytes.roots ?? [],
      timestamp,
      snapshot: snapshot.bytes,
      targets: targets.bytes,
      rollout: rollout.bytes,
      manifests,
    },
  };
}

function newManifests({ current, environment }: PlanInput, manifests: ReadonlyMap<string, Uint8Array>): PlannedWrite[] {
  const writes: PlannedWrite[] = [];
  for (const [model, bytes] of manifests) {
    const before = current?.bytes.manifests.get(model);
    if (before && Buffer.from(before).equals(bytes)) continue;
    const key = targetKey(environment, manifestTarget(model), factsOfFile(bytes).hashes.sha256);
    writes.push({ key, bytes, named: 'by-hash' });
  }
  return writes;
}

interface Signed {
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly isNew: boolean;
}

const listing = ({ bytes, version }: Signed) => ({ version, ...factsOfFile(bytes) });

function nextIssue({ current, nowMs, skip }: PlanInput, role: Renewable): Issue {
  const version = (current?.verified.roles[role].version ?? 0) + 1 + skip;
  return { version, expires: expiryAfter(nowMs, VALIDITY_MS[role]) };
}

function signed(role: Renewable, input: PlanInput, body: Readonly<Record<string, unknown>>): Signed {
  const issue = nextIssue(input, role);
  return { bytes: signRole(role, input.keys, { issue, body }), version: issue.version, isNew: true };
}

/** The metadata as it is, unless it nears its expiry and its key is at hand. */
function kept(input: PlanInput, role: Renewable, renew: () => Signed): Signed {
  const { anew, current, keys, nowMs } = input;
  if (!current || anew) return renew();
  const { expiresAtMs, version } = current.verified.roles[role];
  const due = expiresAtMs - nowMs < VALIDITY_MS[role] * RENEW_BELOW;
  return due && keys.keys[role].length > 0 ? renew() : { bytes: current.bytes[role], version, isNew: false };
}

function signTargets(input: PlanInput): Signed {
  // Whoever allows a package need not hold the rollout key: the delegation is carried on as it is.
  const { anew, current, keys, rootBytes } = input;
  const named = (): unknown => rolloutDelegation([...keys.keys.rollout, ...emergencyKeysOf(rootBytes)]);
  const delegations = current && !anew ? delegationsOf(current.bytes.targets) : named();
  return signed('targets', input, { targets: packageTable(input.next.allowedPackages), delegations });
}

function signRollout(input: PlanInput, manifests: ReadonlyMap<string, Uint8Array>): Signed {
  const targets = Object.fromEntries(
    [...manifests].map(([model, bytes]) => [manifestTarget(model), factsOfFile(bytes)]),
  );
  return signed('rollout', input, { targets });
}

function delegationsOf(targets: Uint8Array): unknown {
  const metadata = JSON.parse(Buffer.from(targets).toString('utf8')) as { signed: { delegations: unknown } };
  return metadata.signed.delegations;
}

function packageTable(allowed: readonly AllowedPackage[]): Readonly<Record<string, unknown>> {
  const table: Record<string, unknown> = {};
  for (const { digest, model, sizeBytes } of allowed) {
    const path = packageTarget(model, digest);
    const entry = { length: sizeBytes, hashes: { sha256: digest.slice('sha256:'.length) } };
    if (table[path] && !sameJson(table[path], entry)) {
      throw new SignalboxError('input/bad-argument', `package ${digest} of ${model} is listed with two sizes`);
    }
    table[path] = entry;
  }
  return table;
}

function sameManifests(
  before: ReadonlyMap<string, RolloutManifest> | undefined,
  after: ReadonlyMap<string, RolloutManifest>,
): boolean {
  return before !== undefined && sameJson(Object.fromEntries(before), Object.fromEntries(after));
}

const sameJson = (a: unknown, b: unknown): boolean => canonicalJson(a) === canonicalJson(b);
