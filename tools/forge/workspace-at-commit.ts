import { DOCUMENT_FOLDERS, ParsedFiles, type ParsedWorkspace, parseWorkspace } from '@signalbox/contracts';
import { readFilesAtCommit } from './files-at-commit.js';

/** Every document at a commit, parsed and cross-checked. `repository` may be bare; no work tree is read or written. `before` may carry what an earlier call has parsed. */
export async function readWorkspaceCommit(
  repository: string,
  commit: string,
  before = new ParsedFiles(),
): Promise<ParsedWorkspace> {
  const files = await readFilesAtCommit(repository, commit, {
    folders: DOCUMENT_FOLDERS,
    wanted: (path) => /\.ya?ml$/i.test(path),
  });
  return parseWorkspace(files, before);
}
