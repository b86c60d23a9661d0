import { join } from 'node:path';
import { vi } from 'vitest';
import { type GithubClient, GithubForge, githubClient, Mirror } from '../../tools/forge/index.js';
import { createTestRepository, type TestRepository } from '../support/git-repository.js';
import { GithubServer } from './server/github-server.js';

export const [OWNER, REPO] = ['ada', 'flights'];
export const [ADA_TOKEN, GRACE_TOKEN, APP_TOKEN] = ['ghp_ada', 'ghp_grace', 'ghs_signalbox'];
export const APP_ID = 4242;
/** Long enough for a machine under load, and the only time that a test of a silent server waits. */
const TIMEOUT_MS = 150;

/**
 * Pauses between requests pass at once: Octokit waits a second after each change, by its timers. Git and the files need none, so only timers are
 * replaced.
 */
export function skipPauses(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.setTimerTickMode('nextTimerAsync');
}

/** A GitHub of the repository, with Ada and Grace, who may write, and the App. */
export function serverOn(repository: TestRepository): GithubServer {
  const server = new GithubServer({ owner: OWNER, repo: REPO, folder: repository.forge });
  server.addPerson('ada', ADA_TOKEN);
  server.addPerson('grace', GRACE_TOKEN);
  server.state.accounts.set(APP_TOKEN, { login: 'github-actions[bot]', type: 'Bot', appId: APP_ID });
  return server;
}

export const clientOf = (server: GithubServer, token = APP_TOKEN): Promise<GithubClient> =>
  githubClient(
    { SIGNALBOX_GITHUB_TOKEN: token, SIGNALBOX_APP_ID: String(APP_ID) },
    { owner: OWNER, repo: REPO },
    { fetch: server.fetch, timeoutMs: TIMEOUT_MS },
  );

/** As the App, unless another token is given. */
export async function forgeOn(server: GithubServer, mirror: Mirror, token?: string): Promise<GithubForge> {
  return new GithubForge(await clientOf(server, token), { address: `https://github.com/${OWNER}/${REPO}`, mirror });
}

export async function mirrorOf({ folder, forge }: TestRepository): Promise<Mirror> {
  const place = join(folder, '..', 'mirror.git');
  return Mirror.open({ folder: place, remote: forge, settings: async () => ({}) });
}

/** One repository with a first commit, to copy. */
export async function createTemplate(): Promise<TestRepository> {
  const template = await createTestRepository();
  await template.commit({ 'a.yaml': 'a: 1\n' });
  return template;
}

/** A branch with one commit of its own, pushed. Answers the commit. */
export async function pushBranch(
  { git, commit }: TestRepository,
  name: string,
  files: Record<string, string> = { [`${name}.yaml`]: 'b: 1\n' },
): Promise<string> {
  await git.run(['switch', '--quiet', '-c', name, 'main']);
  return commit(files, `Change on ${name}`);
}
