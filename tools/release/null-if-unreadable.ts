import { isSignalboxError } from '@signalbox/contracts';

/** For what helps but need not be there: null for an error that is told to people, and nobody's bug. */
export function nullIfUnreadable(error: unknown): null {
  if (isSignalboxError(error)) return null;
  throw error;
}
