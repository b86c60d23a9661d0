import { type Environment, isSignalboxError, SignalboxError } from '@signalbox/contracts';
import { openReader, type TrustReader } from '../../trust/index.js';
import { readHead } from '../branch/read-head.js';

/** Where the store and the root are, for a machine without the repository. */
export interface Places {
  readonly artifacts?: string;
  readonly root?: string;
}

export interface OpenStore {
  readonly reader: TrustReader;
  /** As a commit of this clone says that can be read; null without one. */
  readonly settings: Environment | null;
  /** What people should know of the place that is read; empty when it is what the work tree says. */
  readonly notes: readonly string[];
}

/**
 * The store of an environment and the root that pods pin, from the work tree or as they are named. Where the work tree's `environment.yaml` cannot be
 * read, what the last commit says that could be: a broken document must not stand in the way of going back. Asks no forge.
 */
export async function openStoreOf(about: {
  readonly repo: string;
  readonly environment: string;
  readonly places?: Places;
}): Promise<OpenStore> {
  const { environment, places = {}, repo } = about;
  const settings = await committedSettings(repo, environment);
  try {
    return { reader: await openReader(repo, environment, places), settings, notes: [] };
  } catch (error) {
    const isUnknown = isSignalboxError(error) && error.code === 'input/unknown-reference';
    const artifacts = isUnknown ? settings?.stores.artifacts : undefined;
    if (artifacts === undefined) throw withPlaces(error);
    const reader = await openReader(repo, environment, { ...places, artifacts }).catch((next) => {
      throw withPlaces(next);
    });
    const note = `releases/${environment}/environment.yaml cannot be read: the artifact store is ${artifacts}, as the last commit says that could be read`;
    return { reader, settings, notes: [note] };
  }
}

/** Null where no commit of this clone says them, or this is none. */
async function committedSettings(repo: string, environment: string): Promise<Environment | null> {
  const head = await readHead(repo, 'HEAD').catch(() => null);
  return head?.workspace.environments.get(environment)?.environment ?? null;
}

function withPlaces(error: unknown): unknown {
  if (!isSignalboxError(error)) return error;
  const { cause, code, findings, hint, message } = error;
  const named = 'Or name the two places yourself: --artifacts <folder> --root <file>.';
  return new SignalboxError(code, message, { cause, findings, hint: hint ? `${hint} ${named}` : named });
}
