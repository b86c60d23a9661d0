import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import { openBlobStore } from '@signalbox/serving/stores';
import { validateFolder } from '../validate/index.js';
import type { KeyFolder } from './keys.js';
import type { TrustReader } from './repository.js';

/** Where a repository keeps the root that pods of an environment pin. */
export const rootPath = (repo: string, environment: string): string => join(repo, 'releases', environment, 'root.json');

/** Where a work tree keeps private keys: ignored by Git, one folder for each environment. */
export const keysDir = (repo: string): string => join(repo, '.signalbox', 'keys');

/** Where a work tree keeps the keys of one environment. */
export const keyFolderOf = (repo: string, environment: string): KeyFolder => ({
  ...{ dir: keysDir(repo), environment },
  hasRoot: existsSync(rootPath(repo, environment)),
});

/** Throws `input/unknown-reference` for an environment that the repository does not have; other wrong documents do not matter here. */
export async function artifactsAddress(repo: string, environment: string): Promise<string> {
  const { environments } = (await validateFolder(repo)).workspace;
  const found = environments.get(environment);
  if (found) return resolve(repo, found.environment.stores.artifacts);
  const known = [...environments.keys()].join(', ');
  throw new SignalboxError(
    'input/unknown-reference',
    `environment ${environment} is not in releases/; there are: ${known || 'none that can be read'}`,
    { hint: 'Name one of them with --env, or see what is wrong with it: `signalbox validate`.' },
  );
}

/** A reader of what is published for an environment of a work tree; both places can be named from outside. */
export async function openReader(
  repo: string,
  environment: string,
  places: { readonly artifacts?: string; readonly root?: string } = {},
): Promise<TrustReader> {
  const path = places.root ? resolve(repo, places.root) : rootPath(repo, environment);
  const address = places.artifacts ? resolve(repo, places.artifacts) : await artifactsAddress(repo, environment);
  const rootBytes = await readFile(path).catch((cause: unknown) => {
    throw new SignalboxError('trust/unverified', `the root of environment ${environment} cannot be read from ${path}`, {
      hint: `Bring back the root that the environment was made with (\`git log -- releases/${environment}/root.json\` finds it); only for a new environment make one: \`signalbox keys mint --env ${environment}\`.`,
      cause,
    });
  });
  return { store: openBlobStore(address), environment, rootBytes };
}
