import { isSignalboxError } from '@signalbox/contracts';
import type { BlobStore, StoredObject } from '../stores/index.js';
import { TRUST_LIMITS } from './limits.js';
import { Refusal } from './refusal.js';

/** Reads a whole small object. More bytes than allowed is an attack; a store that fails or hangs is not, and says so by its kind. */
export async function readCapped(store: BlobStore, key: string, maxBytes: number): Promise<StoredObject | null> {
  const found = await guardRead(key, maxBytes, () => store.read(key, { maxBytes }));
  if (found && found.bytes.length > maxBytes) throw tooLarge(key, maxBytes);
  return found;
}

/** The conditional form, for polls. */
export async function readCappedIfChanged(
  store: BlobStore,
  key: string,
  condition: { readonly etag: string | null; readonly maxBytes: number },
): Promise<StoredObject | null | 'unchanged'> {
  const { etag, maxBytes } = condition;
  const found = await guardRead(key, maxBytes, () => store.readIfChanged(key, etag, { maxBytes }));
  if (found && found !== 'unchanged' && found.bytes.length > maxBytes) throw tooLarge(key, maxBytes);
  return found;
}

async function guardRead<T>(key: string, maxBytes: number, read: () => Promise<T>): Promise<T> {
  try {
    return await withDeadline(read(), TRUST_LIMITS.readTimeoutMs);
  } catch (cause) {
    if (isSignalboxError(cause) && cause.code === 'store/too-large') throw tooLarge(key, maxBytes);
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Refusal(`the store cannot be read: ${why}`, { kind: 'store', cause });
  }
}

const tooLarge = (key: string, maxBytes: number): Refusal =>
  new Refusal(`${key} is larger than ${maxBytes} bytes, the most that is taken`);

async function withDeadline<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
