import { readFileAtCommit } from '../../forge/index.js';
import { confirmationPath } from '../desired/head.js';
import type { ReleaseSession } from './release-session.js';

/** What people agreed to was the try that they had before them: the file that confirms a package, readable or not, as deleted; none where there is none. */
export async function confirmedAnew(
  { git, main }: ReleaseSession,
  environment: string,
  digest: string,
): Promise<readonly (readonly [string, null])[]> {
  const path = confirmationPath(environment, digest);
  return (await readFileAtCommit(git.folder, main.commit, path)) === null ? [] : [[path, null]];
}
