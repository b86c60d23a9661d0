import { join } from 'node:path';
import { isSignalboxError } from '@signalbox/contracts';
import type { GitRepository } from '../git.js';
import { type GithubServer, parseRemote, type RepositoryName, readServer } from './address.js';
import { type GithubClient, githubClient } from './client.js';
import type { Env } from './credentials.js';
import { GithubForge } from './github-forge.js';
import { Mirror } from './mirror.js';

/**
 * The forge of a clone whose remote lies on GitHub, its mirror fetched; null for a remote that lies elsewhere. The mirror is kept in the clone's
 * `.signalbox`, so that the next command fetches only what is new.
 */
export async function openGithubForge(clone: GitRepository, remote: string, env: Env): Promise<GithubForge | null> {
  const server = readServer(env);
  const name = parseRemote(remote, server);
  if (name === null) return null;
  const client = await githubClient(env, name);
  const mirror = await Mirror.open({
    folder: await mirrorFolder(clone, server, name),
    remote,
    settings: () => signInSettings(client, remote),
  });
  await syncOrReadOn(mirror);
  return new GithubForge(client, { address: withoutSecrets(remote), mirror });
}

/** While GitHub cannot be reached, what was fetched before can be read. Whoever acts on it asks for a `sync`, and is told. */
async function syncOrReadOn(mirror: Mirror): Promise<void> {
  try {
    await mirror.sync();
  } catch (error) {
    const isAway =
      isSignalboxError(error) && (error.code === 'forge/unavailable' || error.code === 'forge/rate-limited');
    if (!isAway || (await mirror.isEmpty())) throw error;
  }
}

async function mirrorFolder(
  clone: GitRepository,
  { web }: GithubServer,
  { owner, repo }: RepositoryName,
): Promise<string> {
  const root = clone.isBare ? clone.gitFolder : await clone.run(['rev-parse', '--show-toplevel']);
  return join(root, '.signalbox', 'mirrors', web.hostname, owner, `${repo}.git`);
}

/** Over https Git signs in as the API does; over ssh it has a key of its own. The header goes to this server only. */
async function signInSettings(client: GithubClient, remote: string): Promise<Readonly<Record<string, string>>> {
  if (!/^https?:\/\//.test(remote)) return {};
  const basic = Buffer.from(`x-access-token:${await client.token()}`).toString('base64');
  return { [`http.${new URL(remote).origin}/.extraheader`]: `AUTHORIZATION: basic ${basic}` };
}

function withoutSecrets(remote: string): string {
  if (!URL.canParse(remote)) return remote;
  const url = new URL(remote);
  if (url.protocol.startsWith('http')) url.username = '';
  url.password = '';
  return url.href;
}
