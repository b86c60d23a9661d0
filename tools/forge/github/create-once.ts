import { isSignalboxError } from '@signalbox/contracts';

const ATTEMPTS = 3;
const PAUSE_MS = 2_000;

/** For Octokit's calls that create something: `createOnce` tries again, and looks first. */
export const NOT_REPEATED = { request: { retries: 0 } } as const;

/**
 * Creates what is not there. An answer that was lost does not mean that the request was: before each further attempt it looks whether the one
 * before was carried out, so nothing is created twice by us. `find` must know what `create` makes.
 */
export async function createOnce<T>(find: () => Promise<T | null>, create: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await find();
    if (found !== null) return found;
    try {
      return await create();
    } catch (error) {
      const isWorthLooking = isSignalboxError(error) && error.code === 'forge/unavailable';
      if (!isWorthLooking || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    }
  }
}
