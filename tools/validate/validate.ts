import { type ParsedWorkspace, parseWorkspace, requireWorkspace, type Workspace } from '@signalbox/contracts';
import { readWorkspaceFolder } from './read-folder.js';

/** Every document of a work tree and every finding. Throws only `input/not-a-repository` and what reading files throws. */
export async function validateFolder(root: string): Promise<ParsedWorkspace> {
  return parseWorkspace(await readWorkspaceFolder(root));
}

/** The documents of a work tree, for stages that need them right. Throws `input/invalid-documents` with all findings. */
export async function loadWorkspace(root: string): Promise<Workspace> {
  return requireWorkspace(await validateFolder(root));
}
