import { isSignalboxError, SignalboxError } from '@signalbox/contracts';

/** A forge that answers later than this is taken for one that does not: whoever must lose traffic does not wait for it. */
export const SYNC_DEADLINE_MS = 10_000;

/** Null once the branch is what the forge says now; else why it may not be: a pass goes on with what it knows, and moves nothing on. */
export async function syncProblem(sync: () => Promise<void>): Promise<string | null> {
  try {
    await withinDeadline(sync());
    return null;
  } catch (error) {
    if (!isSignalboxError(error)) throw error;
    return `the forge cannot be asked what the main branch is now: ${error.message}`;
  }
}

/**
 * The head of the branch; where the repository that has it is gone, the one that was seen last, which is still known. A process that has seen none fails,
 * and so does one whose repository is there and has no such branch: somebody deleted it.
 */
export async function newestHead(
  branch: { commit(): Promise<string> },
  since: { readonly commit: string } | null,
): Promise<{ readonly commit: string; readonly unread: string | null }> {
  try {
    return { commit: await branch.commit(), unread: null };
  } catch (error) {
    if (since === null || !isSignalboxError(error) || error.code === 'input/unknown-reference') throw error;
    return { commit: since.commit, unread: `the main branch cannot be read: ${error.message}` };
  }
}

async function withinDeadline(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    const late = () => reject(new SignalboxError('git/failed', `no answer within ${SYNC_DEADLINE_MS / 1000} s`));
    timer = setTimeout(late, SYNC_DEADLINE_MS);
  });
  try {
    await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
