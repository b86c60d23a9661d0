import { createHash, randomUUID } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { copyFile, link, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { SignalboxError } from '@signalbox/contracts';
import { assertBlobKey } from './blob-keys.js';
import type { BlobStore, ReadLimits, StoredObject, WriteCondition } from './blob-store.js';
import { acquireFileLock } from './file-lock.js';
import { listFolder, namesInFolder } from './folder-listing.js';
import { guarded, systemCode } from './fs-errors.js';

/** How long a write waits for another process that is writing the same key; a write takes milliseconds. */
const LOCK_WAIT_MS = 15_000;

/**
 * The artifact store as a folder: an object is a file at its key. A write goes to a temporary file beside (same file system), is
 * flushed to the disk, then renamed, so a reader sees the old object or the new one and a crash leaves neither half. Conditions are checked under
 * a lock file per key, so they hold between processes. The etag is the SHA-256 of the content.
 */
export class FolderBlobStore implements BlobStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = resolve(root);
  }

  async read(key: string, limits?: ReadLimits): Promise<StoredObject | null> {
    const path = this.#path(key);
    return guarded(`read ${path}`, async () => {
      if (limits) await assertSize(key, path, limits.maxBytes);
      const bytes = await readIfThere(path);
      return bytes && { bytes, etag: sha256(bytes) };
    });
  }

  async readIfChanged(
    key: string,
    etag: string | null,
    limits?: ReadLimits,
  ): Promise<StoredObject | null | 'unchanged'> {
    const found = await this.read(key, limits);
    return found !== null && found.etag === etag ? 'unchanged' : found;
  }

  async write(key: string, bytes: Uint8Array | string, condition?: WriteCondition): Promise<{ readonly etag: string }> {
    await this.#put(key, condition, (temporary) => writeFlushed(temporary, bytes));
    return { etag: sha256(bytes) };
  }

  async writeFile(key: string, path: string, condition?: WriteCondition): Promise<void> {
    await this.#put(key, condition, (temporary) => linkOrCopy(path, temporary));
  }

  async openRead(key: string, range?: { readonly start: number; readonly end: number }): Promise<Readable> {
    const path = this.#path(key);
    const handle = await guarded(`read ${path}`, () => openIfThere(path));
    if (handle === null) throw notFound(key);
    if (range && range.end <= range.start) {
      await handle.close();
      throw new SignalboxError('input/bad-argument', `an empty byte range ${range.start}-${range.end} of ${key}`);
    }
    return createReadStream(path, { fd: handle, ...(range && { start: range.start, end: range.end - 1 }) });
  }

  async localPath(key: string): Promise<string> {
    const path = this.#path(key);
    const found = await guarded(`read ${path}`, () => statIfThere(path));
    if (!found?.isFile()) throw notFound(key);
    return path;
  }

  async *list(prefix: string): AsyncIterable<{ readonly key: string; readonly sizeBytes: number }> {
    yield* listFolder(this.#root, prefix);
  }

  async listNames(prefix: string): Promise<readonly string[]> {
    return namesInFolder(this.#root, prefix);
  }

  async remove(key: string): Promise<void> {
    const path = this.#path(key);
    await guarded(`remove ${path}`, () => rm(path, { force: true }));
  }

  #path(key: string): string {
    assertBlobKey(key);
    return join(this.#root, key);
  }

  async #put(
    key: string,
    condition: WriteCondition | undefined,
    fill: (temporary: string) => Promise<void>,
  ): Promise<void> {
    const path = this.#path(key);
    await guarded(`write ${path}`, async () => {
      const folder = join(this.#root, '.tmp');
      await mkdir(folder, { recursive: true });
      await mkdir(dirname(path), { recursive: true });
      const temporary = join(folder, randomUUID());
      try {
        await fill(temporary);
        await this.#publish({ key, path, temporary, condition });
      } finally {
        await rm(temporary, { force: true });
      }
    });
  }

  async #publish(write: {
    key: string;
    path: string;
    temporary: string;
    condition: WriteCondition | undefined;
  }): Promise<void> {
    const { key, path, temporary, condition } = write;
    if (condition && 'ifAbsent' in condition) return publishIfAbsent({ key, path, temporary });
    const locks = join(this.#root, '.locks');
    await mkdir(locks, { recursive: true });
    const lock = await acquireFileLock(join(locks, sha256(key)), { waitMs: LOCK_WAIT_MS, guards: `the object ${key}` });
    try {
      if (condition) await assertEtag(key, path, condition.ifMatch);
      await rename(temporary, path);
      await flushFolder(dirname(path));
    } finally {
      await lock.release();
    }
  }
}

/** `link` refuses a taken name, so exactly one of any number of writers gets through, without a lock. */
async function publishIfAbsent({ key, path, temporary }: { key: string; path: string; temporary: string }) {
  try {
    await link(temporary, path);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') throw conflict(key, 'it exists already');
    throw error;
  }
  await flushFolder(dirname(path));
}

async function assertEtag(key: string, path: string, expected: string): Promise<void> {
  const etag = await fileEtag(path);
  if (etag === expected) return;
  throw conflict(key, etag === null ? 'it does not exist' : `its etag is ${etag}, expected ${expected}`);
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Streamed, because a condition may be asked of a large object. */
async function fileEtag(path: string): Promise<string | null> {
  const handle = await openIfThere(path);
  if (handle === null) return null;
  const hash = createHash('sha256');
  for await (const chunk of handle.createReadStream()) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function writeFlushed(path: string, bytes: Uint8Array | string): Promise<void> {
  const handle = await open(path, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A hard link costs nothing; a file on another file system is copied. */
async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (!['EXDEV', 'EPERM', 'EMLINK'].includes(systemCode(error) ?? '')) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  }
  const handle = await open(to, 'r');
  await handle.sync().finally(() => handle.close());
}

/** A rename is durable only when its folder is flushed. */
async function flushFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  await handle.sync().finally(() => handle.close());
}

const nullWhereAbsent = (error: unknown): null => {
  if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemCode(error) ?? '')) return null;
  throw error;
};

const readIfThere = (path: string) => readFile(path).catch(nullWhereAbsent);
const statIfThere = (path: string) => stat(path).catch(nullWhereAbsent);

/** Objects are replaced, never appended to, so the size cannot grow between this and the read. */
async function assertSize(key: string, path: string, maxBytes: number): Promise<void> {
  const found = await statIfThere(path);
  if (found === null || found.size <= maxBytes) return;
  throw new SignalboxError('store/too-large', `${key} has ${found.size} bytes; the reader takes at most ${maxBytes}`);
}

async function openIfThere(path: string) {
  const handle = await open(path, 'r').catch(nullWhereAbsent);
  if (handle === null || (await handle.stat()).isFile()) return handle;
  await handle.close();
  return null;
}

function notFound(key: string): SignalboxError {
  return new SignalboxError('store/not-found', `the store has no object ${key}`);
}

function conflict(key: string, why: string): SignalboxError {
  return new SignalboxError('store/conflict', `${key} was not written: ${why}`, {
    hint: 'Someone else wrote first: read it again and retry.',
    retryable: true,
  });
}
