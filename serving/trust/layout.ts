/**
 * Where a TUF repository lies in the artifact store: consistent snapshots, so metadata is `<version>.<role>.json` and targets are
 * `targets/<path>/<hash>.<name>`; only `timestamp.json` has one name for ever, and is written last.
 */
export const ROLLOUT_ROLE = 'rollout';
const MODEL_TARGET = /^rollout\/([a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)\.json$/;
const PACKAGE_TARGET = /^packages\/([a-z][a-z0-9]*(?:[-_][a-z0-9]+)*)\/([0-9a-f]{64})$/;

export const trustPrefix = (environment: string): string => `tuf/${environment}`;

export const timestampKey = (environment: string): string => `${trustPrefix(environment)}/timestamp.json`;

export const metadataKey = (environment: string, role: string, version: number): string =>
  `${trustPrefix(environment)}/${version}.${role}.json`;

/** `path` is the target's path, such as `rollout/flight-delay.json`. */
export function targetKey(environment: string, path: string, sha256: string): string {
  const slash = path.lastIndexOf('/') + 1;
  return `${trustPrefix(environment)}/targets/${path.slice(0, slash)}${sha256}.${path.slice(slash)}`;
}

export const manifestTarget = (model: string): string => `rollout/${model}.json`;

/** The model that a target is the manifest of, or null for any other path. */
export const modelOfTarget = (path: string): string | null => MODEL_TARGET.exec(path)?.[1] ?? null;

/** `digest` is `sha256:<hex>` of the package's OCI manifest. */
export const packageTarget = (model: string, digest: string): string =>
  `packages/${model}/${digest.slice('sha256:'.length)}`;

export function packageOfTarget(path: string): { readonly model: string; readonly digest: string } | null {
  const match = PACKAGE_TARGET.exec(path);
  return match ? { model: match[1]!, digest: `sha256:${match[2]}` } : null;
}
