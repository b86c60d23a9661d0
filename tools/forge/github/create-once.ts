import { type ErrorCode, isSignalboxError } from '@signalbox/contracts';

const ATTEMPTS = 3;
const PAUSE_MS = 2_000;
/** Refusals of the one who asks: to look would end in the same. */
const SAYS_NOTHING: ReadonlySet<ErrorCode> = new Set(['forge/unauthorized', 'forge/rate-limited', 'internal/bug']);

/** For Octokit's calls that create something: `createOnce` tries again, and looks first. */
export const NOT_REPEATED = { request: { retries: 0 } } as const;

/**
 * Creates what is not there. An answer that was lost does not mean that the request was, and a refusal may mean that it was carried out twice or
 * that somebody else was faster: after each failure it looks whether what was wanted is there, so we create nothing twice. `find` must know what
 * `create` makes.
 */
export async function createOnce<T>(find: () => Promise<T | null>, create: () => Promise<T>): Promise<T> {
  let found = await find();
  for (let attempt = 1; found === null; attempt += 1) {
    try {
      return await create();
    } catch (error) {
      if (!isSignalboxError(error) || SAYS_NOTHING.has(error.code)) throw error;
      const isOver = error.code !== 'forge/unavailable' || attempt === ATTEMPTS;
      if (!isOver) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
      found = await find();
      if (found === null && isOver) throw error;
    }
  }
  return found;
}
