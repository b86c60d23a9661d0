import { isSignalboxError, SignalboxError } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import type { PlannedWrite } from './plan-publication.js';

/**
 * Writes all files; none of them is visible yet. False when a version's name is taken by other content, which an attempt that was cut off, or another
 * publisher, left behind. Versions go one after the other, and after the first that is taken no more: whoever gets the last has all of them, so that of many who
 * publish at once one always gets on, where side by side each could take a part from the other for ever.
 */
export async function writeBeforehand(store: BlobStore, writes: readonly PlannedWrite[]): Promise<boolean> {
  const byHash = writes.filter(({ named }) => named === 'by-hash');
  const outcomes = await Promise.allSettled(byHash.map((each) => writePlanned(store, each)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  for (const each of writes) {
    if (each.named === 'by-version' && !(await writePlanned(store, each))) return false;
  }
  return true;
}

/** Puts a file where there is none, or where the same bytes are; `store/conflict` otherwise. */
export async function writeOnce(store: BlobStore, key: string, bytes: Uint8Array): Promise<void> {
  if (await isWritten(store, key, bytes)) return;
  throw new SignalboxError('store/conflict', `${key} exists with other content`, {
    hint: 'The store belongs to another root. Use the root that it was made with, or an empty store.',
  });
}

async function writePlanned(store: BlobStore, { bytes, key, named }: PlannedWrite): Promise<boolean> {
  if (await isWritten(store, key, bytes)) return true;
  if (named === 'by-version') return false;
  // Named by its hash, yet other bytes: the stored file was damaged, and nobody could have used it.
  await store.write(key, bytes);
  return true;
}

async function isWritten(store: BlobStore, key: string, bytes: Uint8Array): Promise<boolean> {
  try {
    await store.write(key, bytes, { ifAbsent: true });
    return true;
  } catch (error) {
    if (!isSignalboxError(error) || error.code !== 'store/conflict') throw error;
    const found = await store.read(key);
    return found !== null && Buffer.from(found.bytes).equals(bytes);
  }
}
