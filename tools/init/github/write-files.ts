import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MANAGED } from './callers.js';

export interface WrittenFile {
  readonly path: string;
  /** `kept`: a person has taken the file over, and it says something else. */
  readonly outcome: 'written' | 'unchanged' | 'kept';
}

/** Writes files that are missing, or still Signalbox's own; a second time nothing changes. */
export async function writeFiles(root: string, files: ReadonlyMap<string, string>): Promise<readonly WrittenFile[]> {
  const written: WrittenFile[] = [];
  for (const [path, text] of files) {
    const target = join(root, path);
    const before = await readFile(target, 'utf8').catch(nothingThere);
    const outcome = outcomeOf(before, text);
    if (outcome === 'written') {
      await mkdir(dirname(target), { recursive: true });
      await writeFile(target, text);
    }
    written.push({ path, outcome });
  }
  return written;
}

/** Pure. */
export function outcomeOf(before: string | null, text: string): WrittenFile['outcome'] {
  if (before === text) return 'unchanged';
  return before === null || before.startsWith(MANAGED) ? 'written' : 'kept';
}

function nothingThere(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}
