import { createHash } from 'node:crypto';
import { canonicalJson, type DigestString, SignalboxError } from '@signalbox/contracts';
import { type BlobStore, blobKey } from './blob-store.js';

/** The digest that names content. Native, because model files are large. */
function digestOf(bytes: Uint8Array | string): DigestString {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** Puts content under its own digest. Writing it again is fine and costs one look. */
export async function putBlob(store: BlobStore, bytes: Uint8Array | string): Promise<DigestString> {
  const digest = digestOf(bytes);
  try {
    await store.write(blobKey(digest), bytes, { ifAbsent: true });
  } catch (error) {
    if (!(error instanceof SignalboxError && error.code === 'store/conflict')) throw error;
  }
  return digest;
}

/** Content by digest, verified. Errors: `store/not-found`, `store/corrupt`. */
export async function readBlob(store: BlobStore, digest: string): Promise<Uint8Array> {
  const found = await store.read(blobKey(digest));
  if (found === null) {
    throw new SignalboxError('store/not-found', `the artifact store has no blob ${digest}`, {
      hint: 'Check that the address of the artifact store is right and that the blob was pushed.',
    });
  }
  const actual = digestOf(found.bytes);
  if (actual === digest) return found.bytes;
  throw new SignalboxError('store/corrupt', `the blob ${digest} has the digest ${actual}`, {
    hint: `Remove ${blobKey(digest)} from the artifact store and make it again.`,
  });
}

/** A JSON value in canonical form, under its digest. */
export async function putJsonBlob(store: BlobStore, value: unknown): Promise<DigestString> {
  return putBlob(store, canonicalJson(value));
}

/** The JSON value with this digest, verified; its shape is the caller's promise (the digest came from a trusted place). */
export async function readJsonBlob<T>(store: BlobStore, digest: string): Promise<T> {
  return JSON.parse(Buffer.from(await readBlob(store, digest)).toString('utf8')) as T;
}
