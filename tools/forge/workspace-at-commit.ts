import { DOCUMENT_FOLDERS, type ParsedWorkspace, parseWorkspace } from '@signalbox/contracts';
import { readFilesAtCommit } from './files-at-commit.js';

/** Every document at a commit, parsed and cross-checked. `repository` may be bare; no work tree is read or written. */
export async function readWorkspaceCommit(repository: string, commit: string): Promise<ParsedWorkspace> {
  const files = await readFilesAtCommit(repository, commit, {
    folders: DOCUMENT_FOLDERS,
    wanted: (path) => /\.ya?ml$/i.test(path),
  });
  return parseWorkspace(files);
}
