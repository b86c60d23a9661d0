import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isAncestor as askGit, runPlumbing, runPlumbingLine } from '../../../tools/forge/index.js';

export { mergeCommit } from '../../../tools/forge/index.js';

/** The tip of a branch, or null. By its file: a process for each of the many questions would take most of a test's time. */
export async function branchTip(folder: string, branch: string): Promise<string | null> {
  return (await readFile(join(folder, 'refs', 'heads', branch), 'utf8').catch(() => null))?.trim() ?? null;
}

const ancestry = new Map<string, Promise<boolean>>();

/** Commits never change, so what was asked once need not be asked again. */
export function isAncestor(folder: string, commit: string, head: string): Promise<boolean> {
  const key = `${commit} ${head}`;
  const known = ancestry.get(key) ?? askGit(folder, commit, head);
  ancestry.set(key, known);
  return known;
}

const clean = new Map<string, Promise<boolean>>();

/** Whether one merges into the other without a conflict. */
export function mergesCleanly(folder: string, head: string, base: string): Promise<boolean> {
  const key = `${head} ${base}`;
  const args = ['merge-tree', '--write-tree', '--name-only', base, head];
  const known = clean.get(key) ?? runPlumbing(folder, args, { answers: [0, 1] }).then(({ status }) => status === 0);
  clean.set(key, known);
  return known;
}

/** The commit of the base that brought `head` in. */
export async function broughtInBy(folder: string, head: string, base: string): Promise<string> {
  const args = ['rev-list', '--first-parent', '--ancestry-path', '--reverse', `${head}..${base}`];
  return (await runPlumbingLine(folder, args)).split('\n')[0] || head;
}
