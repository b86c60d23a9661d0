import { DOCUMENT_FOLDERS, ParsedFiles, type ParsedWorkspace, parseWorkspace } from '@signalbox/contracts';
import { readFilesAtCommit } from './files-at-commit.js';

/** Every document at a commit, parsed and cross-checked. `repository` may be bare; no work tree is read or written. `before` may carry what an earlier call has parsed. */
export async function readWorkspaceCommit(
  repository: string,
  commit: string,
  before = new ParsedFiles(),
): Promise<ParsedWorkspace> {
  return parseWorkspace(await readDocumentsAtCommit(repository, commit), before);
}

/** The text of every file at a commit that may be a document, by path. */
export function readDocumentsAtCommit(repository: string, commit: string): Promise<ReadonlyMap<string, string>> {
  const wanted = (path: string): boolean => /\.ya?ml$/i.test(path);
  return readFilesAtCommit(repository, commit, { folders: DOCUMENT_FOLDERS, wanted });
}
