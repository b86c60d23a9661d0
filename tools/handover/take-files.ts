import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, lstat, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { visible } from '@signalbox/contracts';
import { refused } from './refused.js';

/** A file that a folder may hold. */
export interface ExpectedFile {
  readonly maxBytes: number;
  readonly optional?: boolean;
}

/** Our own copy of a file: what was checked is what is used, whatever becomes of the original. */
export interface TakenFile {
  readonly path: string;
  readonly digest: string;
  readonly sizeBytes: number;
}

export interface TakeRequest {
  /** Written by somebody who may be hostile, also while it is read. */
  readonly folder: string;
  /** A folder of ours that nobody else writes to. */
  readonly into: string;
  /** By name. */
  readonly expected: Readonly<Record<string, ExpectedFile>>;
}

/**
 * Copies the expected files of a hostile folder. Each is opened once, without following a link and without waiting for a pipe, must be a regular file
 * with one link, and is hashed while it is copied, never more than its bound. Names come from our list, never from the folder, so nothing is
 * read or written elsewhere; nothing is unpacked. Throws `handover/refused`, and says which entry and why.
 */
export async function takeFiles({ folder, into, expected }: TakeRequest): Promise<ReadonlyMap<string, TakenFile>> {
  await assertEntries(folder, expected);
  const taken = new Map<string, TakenFile>();
  for (const [name, { maxBytes, optional = false }] of Object.entries(expected)) {
    const file = await takeFile(join(folder, name), join(into, name), maxBytes);
    if (file !== null) taken.set(name, file);
    else if (!optional) throw refused(`${name} is not there`, 'Run the job that writes it again.');
  }
  return taken;
}

async function assertEntries(folder: string, expected: TakeRequest['expected']): Promise<void> {
  const info = await lstat(folder).catch(() => null);
  if (info === null || !info.isDirectory()) {
    throw refused('it is not a folder', 'Name the folder that the job before wrote; a link to one is not followed.');
  }
  for await (const { name } of await opendir(folder)) {
    if (Object.hasOwn(expected, name)) continue;
    throw refused(
      `${visible(name)} does not belong to it`,
      `Expected are ${Object.keys(expected).join(', ')} and nothing else. Archives are not accepted, and never unpacked.`,
    );
  }
}

/** One file, copied and hashed; null when it is not there. */
export async function takeFile(from: string, to: string, maxBytes: number): Promise<TakenFile | null> {
  const source = await openRegular(from, maxBytes);
  if (source === null) return null;
  try {
    return await copyHashed(source, to, { name: visible(from.split('/').at(-1)!), maxBytes });
  } finally {
    await source.close();
  }
}

/** The checks are of the opened file, so that it cannot be exchanged between check and use. */
async function openRegular(path: string, maxBytes: number): Promise<FileHandle | null> {
  const name = visible(path.split('/').at(-1)!);
  const file = await openWithoutFollowing(path, name);
  if (file === null) return null;
  try {
    const info = await file.stat();
    if (!info.isFile()) throw refused(`${name} is not a regular file`, ONLY_FILES);
    if (info.nlink !== 1)
      throw refused(`${name} has ${info.nlink} links, so it may be somebody else's file`, ONLY_FILES);
    if (info.size > maxBytes) throw tooLarge(name, maxBytes);
    return file;
  } catch (error) {
    await file.close();
    throw error;
  }
}

const ONLY_FILES = 'Only regular files with one link are taken: no link, no folder, no pipe, no device.';

/** `O_NONBLOCK`: opening a named pipe would wait for a writer for ever. */
async function openWithoutFollowing(path: string, name: string): Promise<FileHandle | null> {
  try {
    return await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code === 'ELOOP' || code === 'EMLINK') throw refused(`${name} is a symbolic link`, ONLY_FILES);
    if (code === 'ENXIO' || code === 'ENODEV') throw refused(`${name} is not a regular file`, ONLY_FILES);
    throw error;
  }
}

const CHUNK_BYTES = 1024 * 1024;

async function copyHashed(
  source: FileHandle,
  to: string,
  { name, maxBytes }: { readonly name: string; readonly maxBytes: number },
): Promise<TakenFile> {
  const target = await open(to, 'wx', 0o600);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
    let sizeBytes = 0;
    for (;;) {
      const { bytesRead } = await source.read(buffer, 0, CHUNK_BYTES, sizeBytes);
      if (bytesRead === 0) break;
      sizeBytes += bytesRead;
      // It may grow while it is read.
      if (sizeBytes > maxBytes) throw tooLarge(name, maxBytes);
      const chunk = buffer.subarray(0, bytesRead);
      hash.update(chunk);
      await target.write(chunk);
    }
    return { path: to, digest: `sha256:${hash.digest('hex')}`, sizeBytes };
  } finally {
    await target.close();
  }
}

function tooLarge(name: string, maxBytes: number) {
  return refused(`${name} has more than ${maxBytes.toLocaleString('en-US')} bytes`, 'Nothing of it was kept.');
}
