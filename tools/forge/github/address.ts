import { SignalboxError } from '@signalbox/contracts';
import type { Env } from './credentials.js';

export interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** Where a GitHub is: github.com, or an Enterprise server by the names that GitHub's own runners use. */
export interface GithubServer {
  readonly web: URL;
  readonly api: URL;
}

/** Errors: `input/bad-argument` for an address that is none, or that would send the token unencrypted. */
export function readServer(env: Env): GithubServer {
  return {
    web: readAddress('GITHUB_SERVER_URL', env.GITHUB_SERVER_URL || 'https://github.com'),
    api: readAddress('GITHUB_API_URL', env.GITHUB_API_URL || 'https://api.github.com'),
  };
}

function readAddress(name: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isLoopback = url !== null && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback);
  if (url !== null && isSafe && url.username === '') return url;
  throw new SignalboxError('input/bad-argument', `expected ${name} to be an https address, got "${text}"`, {
    hint: 'For GitHub Enterprise: GITHUB_SERVER_URL=https://ghe.example.com and GITHUB_API_URL=https://ghe.example.com/api/v3',
  });
}

/** What a remote of Git says of a repository on this server; null for one that lies elsewhere. */
export function parseRemote(remote: string, { web }: GithubServer): RepositoryName | null {
  const byScp = /^(?:[\w.-]+@)?(?<host>[\w.-]+):(?!\/\/)(?<path>.+)$/.exec(remote)?.groups;
  const url = !byScp && URL.canParse(remote) ? new URL(remote) : null;
  const isWeb = url !== null && /^(https?|ssh|git\+ssh):$/.test(url.protocol);
  const host = byScp?.host ?? (isWeb ? hostOf(url) : undefined);
  // An ssh address has a port of its own, so only the name is compared there.
  const expected = url?.protocol.startsWith('http') ? web.host : web.hostname;
  if (host !== expected) return null;
  const path = byScp?.path ?? url!.pathname;
  const name = /^\/?(?<owner>[\w.-]+)\/(?<repo>[\w.-]+?)(?:\.git)?\/?$/.exec(path)?.groups;
  return name === undefined ? null : { owner: name.owner!, repo: name.repo! };
}

function hostOf(url: URL): string {
  return url.protocol.startsWith('http') ? url.host : url.hostname;
}
