import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';

/** A wrong change to one file, which the suites must notice. */
export interface Mutant {
  readonly file: string;
  readonly suites: readonly string[];
  readonly says: string;
  /** Stands once in the file. */
  readonly find: string;
  readonly replace: string;
}

export async function readMutants(): Promise<readonly Mutant[]> {
  const text = await readFile(new URL('mutants.yaml', import.meta.url), 'utf8');
  const byFile: Record<string, { suites: string[]; mutants: Pick<Mutant, 'says' | 'find' | 'replace'>[] }> =
    parse(text);
  return Object.entries(byFile).flatMap(([file, { suites, mutants }]) =>
    mutants.map((mutant) => ({ file, suites, ...mutant })),
  );
}

/** Those whose text is not, or no longer, once in their file: code moved on under them. */
export async function staleMutants(root: string, mutants: readonly Mutant[]): Promise<readonly string[]> {
  const stale: string[] = [];
  for (const { file, find, says } of mutants) {
    const text = await readFile(join(root, file), 'utf8').catch(() => '');
    if (text.split(find).length !== 2) stale.push(`${file}: ${says}: this does not stand there once: ${find}`);
  }
  return stale;
}
