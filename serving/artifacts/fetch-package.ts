import { createHash, randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { type BlobStore, blobKey, guarded } from '../stores/index.js';
import { cachedPackageProblem, MANIFEST_FILE } from './cached-package.js';
import { MAX_MANIFEST_BYTES, type PackageLayer, parsePackageManifest } from './oci-manifest.js';

export interface FetchOptions {
  /** Where packages are kept: `<cacheDir>/packages/<hex>/`. */
  readonly cacheDir: string;
  /** The most bytes its files may have together. */
  readonly maxBytes?: number;
}

/**
 * Brings a package to this machine and answers its folder. Every byte is verified against the digest; a folder appears whole or not at
 * all, also when several processes fetch at once, and never changes after. A package that is already there is verified again, and
 * fetched anew when its bytes differ.
 * Throws `store/not-found`, `store/corrupt`, `store/unavailable`, `serving/bad-package`.
 */
export function fetchPackage(store: BlobStore, digest: string, options: FetchOptions): Promise<string> {
  return guarded(`keep the package ${digest} in ${options.cacheDir}`, () => fetchVerified(store, digest, options));
}

async function fetchVerified(store: BlobStore, digest: string, options: FetchOptions): Promise<string> {
  const packages = join(options.cacheDir, 'packages');
  const folder = join(packages, digest.replace('sha256:', ''));
  const problem = await cachedPackageProblem(folder, digest);
  if (problem === null) return folder;
  await mkdir(packages, { recursive: true });
  if (problem !== 'absent') await setAside(folder, packages);
  const draft = join(packages, `.draft-${process.pid}-${randomBytes(6).toString('hex')}`);
  await mkdir(draft);
  try {
    await fill(draft, store, { digest, maxBytes: options.maxBytes ?? Number.MAX_SAFE_INTEGER });
    await settle(draft, folder);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
  return folder;
}

async function fill(draft: string, store: BlobStore, wanted: { digest: string; maxBytes: number }): Promise<void> {
  const manifest = await readManifest(store, wanted.digest);
  const layers = parsePackageManifest(manifest);
  const total = layers.reduce((sum, layer) => sum + layer.sizeBytes, 0);
  if (total > wanted.maxBytes) {
    throw new SignalboxError(
      'serving/bad-package',
      `the package has ${total} bytes, at most ${wanted.maxBytes} are allowed`,
    );
  }
  await Promise.all(layers.map((layer) => fetchLayer(store, layer, join(draft, layer.name))));
  await writeFile(join(draft, MANIFEST_FILE), manifest, { flush: true });
}

async function readManifest(store: BlobStore, digest: string): Promise<Uint8Array> {
  const found = await store.read(blobKey(digest), { maxBytes: MAX_MANIFEST_BYTES });
  if (found === null) {
    throw new SignalboxError('store/not-found', `the artifact store has no package ${digest}`, {
      retryable: true,
      hint: 'Check that the package was pushed to this artifact store.',
    });
  }
  const actual = `sha256:${createHash('sha256').update(found.bytes).digest('hex')}`;
  if (actual !== digest) throw corrupt(digest, `its manifest has the digest ${actual}`);
  return found.bytes;
}

/** Streams one file: constant memory, hashed on the way, never more bytes than promised. */
async function fetchLayer(store: BlobStore, layer: PackageLayer, path: string): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  const file = await open(path, 'wx', 0o444);
  try {
    for await (const chunk of await store.openRead(blobKey(layer.digest))) {
      bytes += (chunk as Buffer).length;
      if (bytes > layer.sizeBytes) break;
      hash.update(chunk as Buffer);
      await file.write(chunk as Buffer);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  const actual = `sha256:${hash.digest('hex')}`;
  if (bytes !== layer.sizeBytes || actual !== layer.digest) {
    throw corrupt(
      layer.digest,
      `${layer.name} has ${bytes} bytes and the digest ${actual}, expected ${layer.sizeBytes} bytes`,
    );
  }
}

/** Renaming onto a filled folder fails: then another process was first, and its folder is as good. */
async function settle(draft: string, folder: string): Promise<void> {
  try {
    await rename(draft, folder);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    await readFile(join(folder, MANIFEST_FILE));
  }
}

/** A broken folder is moved before it is removed, so that nobody opens it half gone. */
async function setAside(folder: string, packages: string): Promise<void> {
  const aside = join(packages, `.broken-${process.pid}-${randomBytes(6).toString('hex')}`);
  await rename(folder, aside).catch(() => {});
  await rm(aside, { recursive: true, force: true });
}

function corrupt(digest: string, what: string): SignalboxError {
  return new SignalboxError(
    'store/corrupt',
    `the blob ${digest} in the artifact store is not what its digest says: ${what}`,
    {
      hint: `Remove ${blobKey(digest)} from the artifact store and push the package again.`,
    },
  );
}
