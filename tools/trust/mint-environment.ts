import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { assertThreshold, buildRoot } from './build-root.js';
import { artifactsAddress, keysDir, rootPath } from './environment-files.js';
import { type KeySet, loadKeys, mintKeys } from './keys.js';

export interface MintOptions {
  readonly repo: string;
  readonly environment: string;
  readonly nowMs: number;
  /** How many root keys there are, and how many of them must sign the next root. */
  readonly rootKeys: number;
  readonly threshold: number;
}

export interface Minted {
  readonly keysDir: string;
  readonly rootPath: string;
  readonly keys: KeySet;
}

/**
 * Makes an environment's keys and the root that names them. Never replaces a root: pods pin it. A run that was cut between the two
 * is finished by the next. Errors: `release/refused`, `input/unknown-reference`, `input/bad-argument`.
 */
export async function mintEnvironment(options: MintOptions): Promise<Minted> {
  const { environment, repo, rootKeys, threshold } = options;
  assertThreshold(threshold, rootKeys);
  await artifactsAddress(repo, environment);
  const path = rootPath(repo, environment);
  if (existsSync(path)) throw rootExists(path);
  const dir = keysDir(repo);
  // Keys without a root: a run before this one was cut off between the two.
  const hasKeys = existsSync(join(dir, environment));
  const keys = hasKeys ? await loadKeys({ dir, environment }) : await mintKeys({ dir, environment, rootKeys });
  try {
    await writeFile(path, buildRoot(keys, { nowMs: options.nowMs, threshold }), { flag: 'wx' });
  } catch (cause) {
    throw (cause as NodeJS.ErrnoException).code === 'EEXIST' ? rootExists(path) : cause;
  }
  return { keysDir: dir, rootPath: path, keys };
}

const rootExists = (path: string): SignalboxError =>
  new SignalboxError('release/refused', `${path} exists; a root that pods may pin is never replaced`, {
    hint: 'The keys that it names are what this environment needs; see them with `signalbox keys show`.',
  });
