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
export async function readIdentity(folder: string): Promise<Identity> {
  const line = await runPlumbingLine(folder, ['-c', 'user.useConfigOnly=true', 'var', 'GIT_AUTHOR_IDENT']);
  const match = /^(?<name>.*) <(?<email>[^>]*)> [0-9]+ [+-][0-9]{4}$/.exec(line);
  const { email = '', name = '' } = match?.groups ?? {};
  if (name !== '' && email !== '') return { name, email };
  throw asGitError(new Error('empty ident name or e-mail address'), ['var', 'GIT_AUTHOR_IDENT']);
}

/** The environment that makes `git commit-tree` use this identity. */
export function identityEnvironment({ name, email }: Identity): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}
