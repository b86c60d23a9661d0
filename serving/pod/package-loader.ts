import { isSignalboxError, type ManifestPackage } from '@signalbox/contracts';
import { fetchPackage, readPackage } from '../artifacts/index.js';
import { type LoadContext, type LoadedVersion, loadVersion } from '../prediction/index.js';
import type { BlobStore } from '../stores/index.js';

export interface LoaderOptions extends LoadContext {
  readonly artifacts: BlobStore;
  readonly cacheDir: string;
}

/** Fetches, verifies, loads and proves one package of a manifest. Throws why it is not usable. */
export async function loadPackage(entry: ManifestPackage, options: LoaderOptions): Promise<LoadedVersion> {
  const folder = await fetchPackage(options.artifacts, entry.digest, { cacheDir: options.cacheDir });
  const local = await readPackage(folder);
  if (local.signature.featuresDigest !== entry.features) {
    throw new Error(
      `its feature definitions are ${local.signature.featuresDigest}, the manifest says ${entry.features}`,
    );
  }
  if (local.signature.model !== options.model) {
    throw new Error(`it is a package of the model ${local.signature.model}`);
  }
  return loadVersion(entry, local, options);
}

/**
 * Feature views that the online store does not hold yet; null when it holds all. A store that cannot be read is not the package's fault: its
 * features will be NULL, and answers will say so.
 */
export async function missingViews(loaded: LoadedVersion): Promise<string | null> {
  try {
    const missing = await loaded.reader.missingViews();
    return missing.length === 0 ? null : `the online store does not hold the feature views ${missing.join(', ')} yet`;
  } catch {
    return null;
  }
}

export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return isSignalboxError(error) ? `${error.code}: ${text}` : text;
}
