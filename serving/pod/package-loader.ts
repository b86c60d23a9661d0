import { isSignalboxError, type ManifestPackage, SignalboxError } from '@signalbox/contracts';
import { fetchPackage, readPackage } from '../artifacts/index.js';
import { type LoadContext, type LoadedVersion, loadVersion } from '../prediction/index.js';
import type { BlobStore } from '../stores/index.js';
import type { LoadProblem } from './plan.js';

export interface LoaderOptions extends LoadContext {
  readonly artifacts: BlobStore;
  readonly cacheDir: string;
}

/** Fetches, verifies, loads and proves one package of a manifest. Throws why it is not usable. */
export async function loadPackage(entry: ManifestPackage, options: LoaderOptions): Promise<LoadedVersion> {
  const folder = await fetchPackage(options.artifacts, entry.digest, { cacheDir: options.cacheDir });
  const local = await readPackage(folder);
  if (local.signature.featuresDigest !== entry.features) {
    throw otherThanSaid(
      `its feature definitions are ${local.signature.featuresDigest}, the manifest says ${entry.features}`,
    );
  }
  if (local.signature.model !== options.model) {
    throw otherThanSaid(`it is a package of the model ${local.signature.model}`);
  }
  return loadVersion(entry, local, options);
}

const otherThanSaid = (how: string): SignalboxError => new SignalboxError('serving/bad-package', how);

/**
 * Feature views that the online store does not hold yet; null when it holds all. A store that cannot be read is not the package's fault: its
 * features will be NULL, and answers will say so.
 */
export async function missingViews(
  { reader, version }: LoadedVersion,
  { environment, model }: { readonly environment: string; readonly model: string },
): Promise<LoadProblem | null> {
  const missing = await reader.missingViews().catch(() => []);
  if (missing.length === 0) return null;
  const fill = `signalbox materialize --env ${environment} --backfill ${model}@${version}`;
  return {
    reason: `the online store does not hold the feature views ${missing.join(', ')} yet (${fill})`,
    broken: false,
  };
}

/** Only what was fetched whole can be at fault itself: a store, a disk or a network that fails says nothing of the package. */
export function problemOf(error: unknown): LoadProblem {
  return { reason: reasonOf(error), broken: isSignalboxError(error) && error.code === 'serving/bad-package' };
}

export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return isSignalboxError(error) ? `${error.code}: ${text}` : text;
}
