import type { GithubClient } from '../../forge/index.js';
import { nothingWhere404 } from './read-settings.js';

/** What a repository is, as far as it changes what is to be set. */
export interface RepositoryKind {
  readonly isOrganisation: boolean;
  readonly isPublic: boolean;
}

/** Errors: those of the client. */
export async function readRepositoryKind(client: GithubClient): Promise<RepositoryKind> {
  const { owner, repo } = client;
  const { data } = await client.call(`read what ${owner}/${repo} is`, (octokit) =>
    octokit.rest.repos.get({ owner, repo }),
  );
  return { isOrganisation: data.owner.type === 'Organization', isPublic: !data.private };
}

/**
 * What GitHub says against CODEOWNERS as the main branch has it, in sentences: a line that it does not understand asks nobody. None where the file is not there yet.
 * Errors: those of the client.
 */
export async function readOwnerProblems(client: GithubClient): Promise<readonly string[]> {
  const { owner, repo } = client;
  const answer = await client.call(`read what GitHub says of CODEOWNERS in ${owner}/${repo}`, (octokit) =>
    octokit.rest.repos.codeownersErrors({ owner, repo }).catch(nothingWhere404),
  );
  return (answer?.data.errors ?? []).map(
    ({ kind, line, path, source, suggestion }) =>
      `${path} line ${line}: ${kind}${source ? ` in "${source.trim()}"` : ''}${suggestion ? `; ${suggestion}` : ''}`,
  );
}
