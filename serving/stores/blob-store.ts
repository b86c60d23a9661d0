import type { Readable } from 'node:stream';

/** `ifAbsent`: only if no object is there. `ifMatch`: only if the object still has this etag. */
export type WriteCondition = { readonly ifAbsent: true } | { readonly ifMatch: string };

export interface StoredObject {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** Readers of hostile input set a cap; an implementation checks it before the bytes are in memory. */
export interface ReadLimits {
  readonly maxBytes: number;
}

/**
 * Keys are `/`-separated names without `.` or `..` parts. Every write is atomic: a reader sees the old object, the new one, or none.
 * Errors: `store/conflict` when a condition does not hold, `store/unavailable` for everything that a retry or an operator can mend,
 * `store/not-found` where an object is required, `store/too-large` past a reader's cap. Reads of an absent key answer null. Order of `list` is by key.
 */
export interface BlobStore {
  read(key: string, limits?: ReadLimits): Promise<StoredObject | null>;
  /** `unchanged` when the object still has this etag: what polls use. */
  readIfChanged(key: string, etag: string | null, limits?: ReadLimits): Promise<StoredObject | null | 'unchanged'>;
  write(key: string, bytes: Uint8Array | string, condition?: WriteCondition): Promise<{ readonly etag: string }>;
  /** Large objects: streamed, never whole in memory. `range` is bytes, end exclusive. */
  openRead(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable>;
  /** Puts a local file in under `key`; the file may be linked rather than copied, so it must not change afterwards. */
  writeFile(key: string, path: string, condition?: WriteCondition): Promise<void>;
  /** A read-only local path with the object's bytes, for engines that read by path. Embedded stores answer in place. */
  localPath(key: string): Promise<string>;
  list(prefix: string): AsyncIterable<{ readonly key: string; readonly sizeBytes: number }>;
  /**
   * The names directly under a prefix that is empty or ends in a slash, in byte order; a name with keys under it ends in a slash. Costs what lies there, not
   * what lies below.
   */
  listNames(prefix: string): Promise<readonly string[]>;
  /** Absent is fine. */
  remove(key: string): Promise<void>;
}

/** Where a content-addressed blob lies: `blobs/sha256/<hex>`, the OCI layout. */
export function blobKey(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}
