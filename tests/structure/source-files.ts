import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
export const PACKAGES = ['contracts', 'serving', 'tools'] as const;
const SKIPPED = new Set(['node_modules', 'dist', '.git', '.signalbox']);

export interface SourceFile {
  /** Path from the root, with `/`. */
  readonly path: string;
  readonly lines: number;
  /** Import specifiers as written. */
  readonly imports: readonly string[];
}

const IMPORT =
  /^\s*(?:import|export)\b[^'"`;]*?\bfrom\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)|^\s*import\s+'([^']+)'/gm;

export function readSourceFiles(folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) => walk(join(ROOT, folder))).map(readSourceFile);
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (SKIPPED.has(entry.name)) return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return walk(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function readSourceFile(path: string): SourceFile {
  const text = readFileSync(path, 'utf8');
  const imports = [...text.matchAll(IMPORT)].map((match) => match[1] ?? match[2] ?? match[3] ?? '');
  return { path: relative(ROOT, path).split(sep).join('/'), lines: text.split('\n').length - 1, imports };
}

/** `serving/trust/client.ts` lies in the room `serving/trust`; all of `contracts` is one room. */
export function roomOf(path: string): string {
  const parts = path.split('/');
  return parts[0] === 'contracts' ? 'contracts' : parts.slice(0, 2).join('/');
}

/** The room that an import of ours leads to, or null for a package of somebody else. */
export function importedRoom(from: string, specifier: string): string | null {
  if (specifier.startsWith('.')) return roomOf(posix.join(posix.dirname(from), specifier));
  const ours = /^@signalbox\/([a-z]+)(?:\/([a-z-]+))?$/.exec(specifier);
  if (!ours) return null;
  return ours[2] ? `${ours[1]}/${ours[2]}` : `${ours[1]}`;
}
