import { SignalboxError } from '@signalbox/contracts';

/** What an operator does about each system error that a folder store can meet. */
const HINTS: Readonly<Record<string, string>> = {
  ENOSPC: 'The disk is full: free space or move the store, then run the same command again.',
  EDQUOT: 'The disk quota is used up: raise it or move the store, then run the same command again.',
  EFBIG: 'The file would be larger than the system allows (`ulimit -f`): raise the limit.',
  EACCES: 'Give this user the right to read and write the folder, or name another folder.',
  EPERM: 'Give this user the right to read and write the folder, or name another folder.',
  EROFS: 'The file system is read-only: mount it writable, or name another folder.',
  ENOENT: 'The folder does not exist or was removed: check the address of the store.',
  ENOTDIR: 'A file stands where a folder is needed: check the address of the store.',
  EMFILE: 'Too many files are open: raise the limit (`ulimit -n`).',
};

/** The system's error code (`ENOSPC`), or undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** A system error as `store/unavailable`, saying what was being done, where, and what to do next. Ours pass through. */
export function storeUnavailable(error: unknown, doing: string): SignalboxError {
  if (error instanceof SignalboxError) return error;
  const code = systemCode(error);
  const reason = error instanceof Error ? error.message : String(error);
  return new SignalboxError('store/unavailable', `could not ${doing}: ${reason}`, {
    hint:
      (code && HINTS[code]) ??
      'Check that the disk has space and that the folder can be written, then run the same command again.',
    retryable: true,
    cause: error,
  });
}

/** Runs file-system work; its system errors come out as `store/unavailable`. */
export async function guarded<T>(doing: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw storeUnavailable(error, doing);
  }
}
