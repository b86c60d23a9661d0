import { join, resolve } from 'node:path';
import {
  compileBundle,
  type Environment,
  type FeatureBundle,
  type Model,
  SignalboxError,
  type Workspace,
} from '@signalbox/contracts';
import { type BlobStore, openBlobStore } from '@signalbox/serving/stores';
import { type JsonCache, openJsonCache } from '../cache/index.js';
import { GitRepository } from '../forge/index.js';
import { loadWorkspace } from '../validate/index.js';
import type { Judge } from './champion.js';

export interface PipelineOptions {
  readonly repo: string;
  readonly model: string;
  /** The environment whose champion and policy judge. */
  readonly environment: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly wallNow: () => number;
  readonly progress: (line: string) => void;
}

/** What is judged, where it is not the repository's own work tree under the repository's own settings. */
export interface PipelineSubject {
  /** A folder with the files of the commit. */
  readonly folder: string;
  /** The main branch, whose settings of the environment hold: a candidate must not say where stores lie. */
  readonly judge: Judge;
}

/** What every step of the pull-request path works with. */
export interface Pipeline extends PipelineOptions {
  readonly git: GitRepository;
  readonly workspace: Workspace;
  readonly definition: Model;
  readonly bundle: FeatureBundle;
  readonly featuresDigest: string;
  readonly settings: Environment;
  readonly store: BlobStore;
  readonly cache: JsonCache;
  readonly cacheFolder: string;
  readonly workFolder: string;
}

/**
 * Reads and checks the work tree, or the `subject`. Throws `input/invalid-documents` with every finding, `input/unknown-reference` for a model or
 * an environment that is not there.
 */
export async function openPipeline(options: PipelineOptions, subject?: PipelineSubject): Promise<Pipeline> {
  const { repo, model: name, environment } = options;
  const folder = subject?.folder ?? repo;
  const git = await GitRepository.open(folder);
  const workspace = await loadWorkspace(folder);
  const definition = workspace.models.get(name) ?? missing('model', name, workspace.models.keys());
  const environments = (subject?.judge.workspace ?? workspace).environments;
  const settings =
    environments.get(environment)?.environment ?? missing('environment', environment, environments.keys());
  const { bundle, digest } = compileBundle(workspace, name);
  const cacheFolder = join(repo, '.signalbox', 'cache');
  return {
    ...options,
    repo: folder,
    git,
    workspace,
    definition,
    bundle,
    featuresDigest: digest,
    settings,
    store: openBlobStore(resolve(repo, settings.stores.artifacts)),
    cache: openJsonCache(cacheFolder),
    cacheFolder,
    workFolder: join(repo, '.signalbox', 'training'),
  };
}

export interface Step<T> {
  readonly what: string;
  readonly work: () => Promise<T>;
  /** What came of it, in a few words. */
  readonly note?: (result: T) => string;
}

/** Runs a step, and says what came of it and how long it took. */
export async function step<T>(pipeline: Pipeline, { what, work, note }: Step<T>): Promise<T> {
  pipeline.signal.throwIfAborted();
  const startedAt = performance.now();
  const result = await work();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  pipeline.progress(`${what}${note === undefined ? '' : `: ${note(result)}`} (${seconds} s)`);
  return result;
}

function missing(what: string, name: string, known: Iterable<string>): never {
  const names = [...known].sort().join(', ');
  throw new SignalboxError('input/unknown-reference', `there is no ${what} "${name}"`, {
    hint: names === '' ? `Write one first; \`signalbox init\` shows how.` : `There are: ${names}.`,
  });
}
