import { resolve } from 'node:path';
import type { ParsedWorkspace } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import {
  type Forge,
  GitRepository,
  LocalForge,
  openForge,
  readWorkspaceCommit,
  runPlumbing,
} from '../../forge/index.js';
import { type EnvironmentAddress, openEnvironment } from '../../release/index.js';
import type { TrustReader } from '../../trust/index.js';

/** The two sources of truth, opened: Git with its pull requests, and the artifact store. Nothing is ever written. */
export interface LineageContext {
  readonly environment: string;
  /** The bare repository. */
  readonly repository: string;
  /** The head of the main branch. */
  readonly head: string;
  readonly forge: Forge;
  readonly store: BlobStore;
  readonly trust: TrustReader;
  readonly wallNow: () => number;
  /** Every document at a commit; each commit is parsed once. */
  workspaceAt(commit: string): Promise<ParsedWorkspace>;
}

/** Errors: those of `openEnvironment`. */
export async function openLineage(address: EnvironmentAddress): Promise<LineageContext> {
  const { environment, commit: head, rootBytes, store } = await openEnvironment(address);
  const { repo, wallNow } = address;
  const forge =
    address.forge === undefined
      ? await openForge(await GitRepository.open(repo), wallNow)
      : await LocalForge.open(resolve(repo, address.forge), wallNow);
  const { repository } = forge;
  const parsed = new Map<string, Promise<ParsedWorkspace>>();
  return {
    environment,
    repository,
    head,
    forge,
    store,
    trust: { store, environment, rootBytes },
    wallNow,
    workspaceAt(commit) {
      const known = parsed.get(commit) ?? readWorkspaceCommit(repository, commit);
      parsed.set(commit, known);
      return known;
    },
  };
}

/** The commit to read documents at: the head stands in for one that a rewritten branch has lost. */
export async function asOfCommit({ head, repository }: LineageContext, commit: string): Promise<string> {
  const { status } = await runPlumbing(repository, ['cat-file', '-e', `${commit}^{commit}`], { answers: [0, 1, 128] });
  return status === 0 ? commit : head;
}
