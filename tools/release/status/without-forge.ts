import { resolve } from 'node:path';
import { isSignalboxError, type SignalboxError } from '@signalbox/contracts';
import { openBlobStore } from '@signalbox/serving/stores';
import { GitRepository, readFileAtCommit } from '../../forge/index.js';
import { MAIN_BRANCH } from '../branch/main-branch.js';
import { readHead } from '../branch/read-head.js';
import { type Head, rootPath } from '../desired/head.js';
import { type EnvironmentAddress, type OpenEnvironment, openPlace, type Place } from '../pass/open-environment.js';
import { allEnvironments, environmentsOf } from '../pass/open-environments.js';

type Address = Omit<EnvironmentAddress, 'environment'>;

/** A clone whose forge is gone: what it fetched last says which environments and stores there are, not what is asked for now. */
export interface PlaceWithoutForge {
  readonly gone: SignalboxError;
  readonly repository: string;
  readonly head: Head;
}

/** For whoever only looks, which needs no forge. Errors: those of `openPlace`, where the clone knows nothing either. */
export async function openPlaceToLook(address: Address): Promise<Place | PlaceWithoutForge> {
  try {
    return await openPlace(address);
  } catch (error) {
    if (!isSignalboxError(error) || error.code !== 'forge/unavailable') throw error;
    const git = await GitRepository.open(address.repo);
    for (const ref of [`refs/remotes/origin/${address.branch ?? MAIN_BRANCH}`, 'HEAD']) {
      const head = await git.requireCommit(ref).then(
        (commit) => readHead(git.folder, commit),
        () => null,
      );
      if (head !== null) return { gone: error, repository: git.folder, head };
    }
    throw error;
  }
}

export async function environmentsToLookAt(place: Place | PlaceWithoutForge): Promise<readonly string[]> {
  return 'gone' in place ? environmentsOf(place.head) : allEnvironments(place);
}

/** The environment as the clone knows it; null where it has no document or no root of it. */
export async function environmentAsFetched(
  { environment, repo }: EnvironmentAddress,
  { head, repository }: PlaceWithoutForge,
): Promise<Pick<OpenEnvironment, 'environment' | 'rootBytes' | 'settings' | 'store'> | null> {
  const settings = head.workspace.environments.get(environment)?.environment;
  const root = await readFileAtCommit(repository, head.commit, rootPath(environment));
  if (settings === undefined || root === null) return null;
  const store = openBlobStore(resolve(repo, settings.stores.artifacts));
  return { environment, settings, store, rootBytes: Buffer.from(root, 'utf8') };
}
