import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';

/**
 * A folder of one's own under `<cacheFolder>/tmp`, on the file system of the stores, so that finished files can be linked into them. Removed
 * whatever happens. Throws `store/unavailable` when it cannot be made.
 */
export async function withTemporaryFolder<T>(
  cacheFolder: string,
  prefix: string,
  use: (folder: string) => Promise<T>,
): Promise<T> {
  const folder = await makeFolder(join(cacheFolder, 'tmp'), prefix);
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeFolder(root: string, prefix: string): Promise<string> {
  try {
    await mkdir(root, { recursive: true });
    return await mkdtemp(join(root, `${prefix}-`));
  } catch (cause) {
    throw new SignalboxError('store/unavailable', `cannot make a folder under ${root}: ${(cause as Error).message}`, {
      hint: 'Check that there is space, and the right to write there.',
      cause,
    });
  }
}
