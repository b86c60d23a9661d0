import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { type BlobRef, isSignalboxError } from '@signalbox/contracts';
import { type BlobStore, blobKey } from '@signalbox/serving/stores';

/** SHA-256 of a file, streamed. */
export async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return `sha256:${hash.digest('hex')}`;
}

/** Puts a finished file into the store under its digest. Putting it again is fine. */
export async function putFileBlob(store: BlobStore, path: string): Promise<BlobRef> {
  const digest = await digestFile(path);
  try {
    await store.writeFile(blobKey(digest), path, { ifAbsent: true });
  } catch (error) {
    if (!(isSignalboxError(error) && error.code === 'store/conflict')) throw error;
  }
  return { digest, sizeBytes: (await stat(path)).size };
}

export async function hasBlob(store: BlobStore, digest: string): Promise<boolean> {
  const wanted = blobKey(digest);
  for await (const { key } of store.list(wanted)) if (key === wanted) return true;
  return false;
}
