import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { GithubForge, githubClient, Mirror } from '../../tools/forge/index.js';
import { createTestRepository, type TestRepository } from '../support/git-repository.js';
import { GithubServer } from './server/github-server.js';

export const [OWNER, REPO] = ['ada', 'flights'];
export const [ADA_TOKEN, GRACE_TOKEN, APP_TOKEN] = ['ghp_ada', 'ghp_grace', 'ghs_signalbox'];
export const APP_ID = 4242;
/** Long enough for a machine under load, and the only time that a test of a silent server waits. */
const TIMEOUT_MS = 150;

/** A repository with its GitHub, and a forge for each who speaks to it. */
export interface GithubWorld {
  readonly repository: TestRepository;
  readonly server: GithubServer;
  /** As the App, unless another token is given. */
  open(token?: string): Promise<GithubForge>;
  remove(): Promise<void>;
}

/**
 * Pauses between requests pass at once: Octokit waits a second after each change, by its timers. Git and the files need none, so only timers are
 * replaced.
 */
export function skipPauses(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  vi.setTimerTickMode('nextTimerAsync');
}

export async function githubWorldOn(repository: TestRepository): Promise<GithubWorld> {
  const server = new GithubServer({ owner: OWNER, repo: REPO, folder: repository.forge });
  server.addPerson('ada', ADA_TOKEN);
  server.addPerson('grace', GRACE_TOKEN);
  server.state.accounts.set(APP_TOKEN, { login: 'github-actions[bot]', type: 'Bot', appId: APP_ID });
  const mirrors = await mkdtemp(join(tmpdir(), 'signalbox-mirror-'));
  return {
    repository,
    server,
    async open(token = APP_TOKEN) {
      const env = { SIGNALBOX_GITHUB_TOKEN: token, SIGNALBOX_APP_ID: String(APP_ID) };
      const client = await githubClient(
        env,
        { owner: OWNER, repo: REPO },
        { fetch: server.fetch, timeoutMs: TIMEOUT_MS },
      );
      const mirror = await Mirror.open({ folder: mirrors, remote: repository.forge, settings: async () => ({}) });
      return new GithubForge(client, { address: `https://github.com/${OWNER}/${REPO}`, mirror });
    },
    async remove() {
      await rm(mirrors, { recursive: true, force: true });
      await repository.remove();
    },
  };
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
