import { DOCUMENT_FOLDERS, ParsedFiles, type ParsedWorkspace, parseWorkspace, placeOf } from '@signalbox/contracts';
import { readFilesAtCommit } from './files-at-commit.js';

/** Every document at a commit, parsed and cross-checked. `repository` may be bare; no work tree is read or written. `before` may carry what an earlier call has parsed. */
export async function readWorkspaceCommit(
  repository: string,
  commit: string,
  before = new ParsedFiles(),
): Promise<ParsedWorkspace> {
  return parseWorkspace(await readDocumentsAtCommit(repository, commit), before);
}

/** The text of every file at a commit that is or should be a document, by path: a trainer's own YAML, such as a lock file, is none of ours. */
export function readDocumentsAtCommit(repository: string, commit: string): Promise<ReadonlyMap<string, string>> {
  const wanted = (path: string): boolean => placeOf(path).is !== 'other';
  return readFilesAtCommit(repository, commit, { folders: DOCUMENT_FOLDERS, wanted });
}
