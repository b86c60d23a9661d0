import {
  byPlace,
  formatFindings,
  type ParsedWorkspace,
  parseWorkspace,
  requireWorkspace,
  type Workspace,
} from '@signalbox/contracts';
import { checkFiles } from './check-files.js';
import { readWorkspaceFolder } from './read-folder.js';

/** Every document of a work tree and every finding, the files that documents name included. Throws only `input/not-a-repository` and what reading files throws. */
export async function validateFolder(root: string): Promise<ParsedWorkspace> {
  const files = await readWorkspaceFolder(root);
  const parsed = parseWorkspace(files);
  const missing = await checkFiles(root, parsed.workspace, files);
  return { ...parsed, findings: [...parsed.findings, ...missing].sort(byPlace) };
}

/** The documents of a work tree, for stages that need them right. Throws `input/invalid-documents` with all findings. */
export async function loadWorkspace(root: string): Promise<Workspace> {
  return requireWorkspace(await validateFolder(root));
}

/**
 * The documents of a work tree, for what must run whatever is wrong with some of them, such as a pod: one that cannot be read is absent, and what is
 * wrong is told. Throws only what reading files throws.
 */
export async function readWorkspaceLeniently(root: string, tell: (findings: string) => void): Promise<ParsedWorkspace> {
  const parsed = await validateFolder(root);
  if (parsed.findings.length > 0) tell(formatFindings(parsed.findings).trimEnd());
  return parsed;
}
