import {
  byPlace,
  type Finding,
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

/** What is wrong with a work tree, for what runs all the same, such as a pod. */
export function tellFindings(findings: readonly Finding[], tell: (text: string) => void): void {
  if (findings.length > 0) tell(formatFindings(findings).trimEnd());
}
