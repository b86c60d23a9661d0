import { join, resolve } from 'node:path';
import type { Workspace } from '@signalbox/contracts';
import { type BlobStore, openBlobStore } from '@signalbox/serving/stores';
import { environmentNamed, storeAddresses } from '../features/index.js';
import { loadWorkspace } from '../validate/index.js';
import type { CommandContext, OptionDefinition } from './command.js';

/** What the verbs that read data have in common. */
export interface DataContext {
  readonly repo: string;
  readonly workspace: Workspace;
  readonly store: BlobStore;
  readonly cacheFolder: string;
  readonly signal: AbortSignal;
}

export const STORE_OPTION: OptionDefinition = {
  flags: '--env <environment>',
  description: 'the environment whose artifact store is used',
  default: 'prod',
};

export async function openData(environment: unknown, context: CommandContext): Promise<DataContext> {
  const { repo, signal } = context;
  const workspace = await loadWorkspace(repo);
  const addresses = storeAddresses(repo, environmentNamed(workspace, String(environment)).environment);
  const cacheFolder = join(resolve(repo), '.signalbox', 'cache');
  return { repo, workspace, store: openBlobStore(addresses.artifacts), cacheFolder, signal };
}
