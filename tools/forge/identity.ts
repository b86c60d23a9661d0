import { asGitError } from './git-errors.js';
import { runPlumbingLine } from './plumbing.js';

/** Who commits. Every commit that Signalbox makes for a person carries the person's own Git identity. */
export interface Identity {
  readonly name: string;
  readonly email: string;
}

/**
 * The configured identity of a repository. `useConfigOnly` keeps Git from inventing one out of the host name, which would put a name
 * nobody chose into the history for good. Errors: `git/no-identity`.
 */
export function readIdentity(folder: string): Promise<Identity> {
  return readIdentityAs('GIT_AUTHOR_IDENT', folder);
}

/** And who commits what that one wrote: the same person, unless Git's environment names another. Errors: `git/no-identity`. */
export async function readIdentities(
  folder: string,
): Promise<{ readonly author: Identity; readonly committer: Identity }> {
  const author = await readIdentityAs('GIT_AUTHOR_IDENT', folder);
  const isOther = (process.env.GIT_COMMITTER_NAME ?? process.env.GIT_COMMITTER_EMAIL) !== undefined;
  return { author, committer: isOther ? await readIdentityAs('GIT_COMMITTER_IDENT', folder) : author };
}

async function readIdentityAs(variable: 'GIT_AUTHOR_IDENT' | 'GIT_COMMITTER_IDENT', folder: string): Promise<Identity> {
  const line = await runPlumbingLine(folder, ['-c', 'user.useConfigOnly=true', 'var', variable]);
  const match = /^(?<name>.*) <(?<email>[^>]*)> [0-9]+ [+-][0-9]{4}$/.exec(line);
  const { email = '', name = '' } = match?.groups ?? {};
  if (name !== '' && email !== '') return { name, email };
  throw asGitError(new Error('empty ident name or e-mail address'), ['var', variable]);
}

/** The environment that makes `git commit-tree` use these identities. */
export function identityEnvironment(author: Identity, committer: Identity = author): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
  };
}
