import { type Dirent, lstatSync } from 'node:fs';
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { refused, visible } from '../../handover/index.js';
import { REFUSAL_FILE, VERDICT_FILE } from '../verdict-file.js';

/** A pull request changes a few models; more folders are no verdicts. */
const MAX_FOLDERS = 64;

/** Where verdicts lie: the folder itself, or each folder in it, by name. Throws `handover/refused` for anything else in it. */
export async function verdictFolders(folder: string): Promise<readonly string[]> {
  const entries: Dirent[] = [];
  for await (const entry of await openFolder(folder)) {
    entries.push(entry);
    if (entries.length > MAX_FOLDERS) throw refused(`it holds more than ${MAX_FOLDERS} entries`, ONE_EACH);
  }
  // What else lies beside a verdict is looked at with it.
  if (entries.some(({ name }) => name === VERDICT_FILE || name === REFUSAL_FILE)) return [folder];
  return entries
    .map(requireFolder)
    .sort()
    .map((name) => join(folder, name));
}

const ONE_EACH = 'Give the folder of one verdict, or one that holds a folder for each.';

async function openFolder(folder: string) {
  const info = lstatSync(folder, { throwIfNoEntry: false });
  if (info?.isDirectory()) return opendir(folder);
  throw refused(`${visible(folder)} is not a folder`, ONE_EACH);
}

function requireFolder(entry: Dirent): string {
  if (entry.isDirectory() && /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(entry.name)) return entry.name;
  throw refused(`${visible(entry.name)} is no folder of a verdict`, ONE_EACH);
}
