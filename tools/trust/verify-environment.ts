import { digestBytes } from '@signalbox/contracts';
import { blobKey } from '@signalbox/serving/stores';
import { type AllowedPackage, messageOf, type RoleFacts, type SignedRole } from '@signalbox/serving/trust';
import { readPublished } from './read-published.js';
import type { Published, TrustReader } from './repository.js';

/** A package's OCI manifest is small; more is not one. */
const OCI_MANIFEST_BYTES = 4_000_000;

export interface PackageCheck extends AllowedPackage {
  /** Null when its OCI manifest lies in the store with that digest; otherwise what is wrong. */
  readonly problem: string | null;
}

export interface Verification {
  readonly environment: string;
  readonly published: Published;
  /** Expired roles: pods serve on with what they have, and take nothing new. */
  readonly expired: readonly SignedRole[];
  readonly packages: readonly PackageCheck[];
  readonly passed: boolean;
}

/**
 * Verifies what is published for an environment as a pod does that sees it for the first time, and that each package that may run is
 * there. Null when nothing is published. Throws `trust/unverified` with the reason when pods would refuse it.
 */
export async function verifyEnvironment(reader: TrustReader, nowMs: number): Promise<Verification | null> {
  const published = await readPublished(reader);
  if (!published) return null;
  const roles = Object.entries(published.verified.roles) as [SignedRole, RoleFacts][];
  const expired = roles.filter(([, { expiresAtMs }]) => expiresAtMs <= nowMs).map(([role]) => role);
  const packages = await Promise.all(published.allowedPackages.map((each) => checkPackage(reader, each)));
  const passed = expired.length === 0 && packages.every(({ problem }) => problem === null);
  return { environment: reader.environment, published, expired, packages, passed };
}

async function checkPackage({ store }: TrustReader, allowed: AllowedPackage): Promise<PackageCheck> {
  try {
    const found = await store.read(blobKey(allowed.digest), { maxBytes: OCI_MANIFEST_BYTES });
    if (!found) return { ...allowed, problem: 'is not in the artifact store' };
    const digest = digestBytes(found.bytes);
    if (digest !== allowed.digest) return { ...allowed, problem: `is damaged: its bytes have the digest ${digest}` };
    const signed = found.bytes.length === allowed.sizeBytes;
    return { ...allowed, problem: signed ? null : `has ${found.bytes.length} bytes, signed are ${allowed.sizeBytes}` };
  } catch (error) {
    return { ...allowed, problem: `cannot be read: ${messageOf(error)}` };
  }
}

/** For people: what is signed, by version and expiry, and what is wrong. */
export function describeVerification({ environment, expired, packages, passed, published }: Verification): string {
  const roles = Object.entries(published.verified.roles).map(([role, { expiresAtMs, version }]) => {
    const late = expired.includes(role as SignedRole) ? '  EXPIRED' : '';
    return `  ${role.padEnd(9)} version ${version}, valid until ${new Date(expiresAtMs).toISOString()}${late}`;
  });
  const manifests = [...published.manifests].map(([model, manifest]) => {
    const { candidate, candidateBuckets, champion, rollout, serial } = manifest;
    const next = candidate === null ? '' : `, version ${candidate} gets ${candidateBuckets / 100} %`;
    return `  ${model}  serial ${serial}: version ${champion} is champion${next} (${rollout.phase})`;
  });
  const allowed = packages.map(({ digest, model, problem }) => `  ${model}  ${digest}${problem ? `  ${problem}` : ''}`);
  return [
    `Environment ${environment}: every signature holds, from the root down.${passed ? '' : ' Pods would still refuse it.'}`,
    'Signed roles:',
    ...roles,
    'Manifests:',
    ...(manifests.length > 0 ? manifests : ['  none yet; pods refuse an empty state']),
    'Packages that may run:',
    ...(allowed.length > 0 ? allowed : ['  none yet']),
  ].join('\n');
}
