import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { digestJson, SignalboxError } from '@signalbox/contracts';
import { GitRepository } from '../forge/index.js';

/** Files of a model's folder that cannot change what the trainer does: what it reads of model.yaml is in the run's key by itself. */
const NOT_CODE = [/^model\.yaml$/, /^versions\//, /(^|\/)README\.md$/, /\.test\.[cm]?[jt]sx?$/];

/**
 * Digest of the trainer's code: every file of `models/<name>/` that Git tracks or would track, by path and content. Files that Git ignores
 * (virtual environments, caches) do not count, commits that touch other folders neither.
 */
export async function digestCodeTree(repo: string, model: string): Promise<string> {
  const folder = `models/${model}`;
  const git = await GitRepository.open(repo);
  const listed = await git.run(['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', folder]);
  const paths = listed
    .split('\0')
    .filter((path) => path !== '')
    .map((path) => path.slice(folder.length + 1))
    .filter((path) => !NOT_CODE.some((pattern) => pattern.test(path)));
  const files: Record<string, string> = {};
  for (const path of [...new Set(paths)].sort()) {
    const content = await readFile(join(repo, folder, path)).catch(() => null);
    // Removed, but still in the index: the trainer won't find it either.
    if (content !== null) files[path] = createHash('sha256').update(content).digest('hex');
  }
  return digestJson(files);
}

/** Digest of what the trainer runs in: the files that pin its packages, the interpreter of Node trainers, and the platform. */
export async function digestEnvironment(repo: string, lockFiles: readonly string[]): Promise<string> {
  const files: Record<string, string> = {};
  for (const path of lockFiles) {
    const content = await readFile(join(repo, path)).catch((cause) => {
      throw new SignalboxError('input/unknown-reference', `the lock file "${path}" cannot be read`, {
        cause,
        hint: 'Name files relative to the repository under `training.lockFiles` in model.yaml, and commit them.',
      });
    });
    files[path] = createHash('sha256').update(content).digest('hex');
  }
  return digestJson({ files, node: process.version, platform: process.platform, arch: process.arch });
}
