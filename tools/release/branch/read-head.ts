import { ParsedFiles, parseDocument, parseWorkspace, type Workspace } from '@signalbox/contracts';
import { readBlobs, readDocumentsAtCommit, runPlumbingLine } from '../../forge/index.js';
import { brokenEnvironments, environmentPath, type Head } from '../desired/head.js';

/** How many states of an `environment.yaml` are looked through for one that can be read. */
const MAX_STATES = 20;

/**
 * The documents at a commit. An `environment.yaml` that cannot be read stands as it last could be on the first-parent history: without it no model of
 * its environment could go back. Its error stays a finding, and lets nothing start or move on. `parsed` may carry what an earlier call has parsed.
 */
export async function readHead(repository: string, commit: string, parsed = new ParsedFiles()): Promise<Head> {
  const files = await readDocumentsAtCommit(repository, commit);
  const { findings, workspace } = parseWorkspace(files, parsed);
  const head = { commit, findings, workspace };
  return { ...head, workspace: (await withLastEnvironments(repository, head, files)) ?? workspace };
}

/** Null where every environment can be read, or none of the others ever could. */
async function withLastEnvironments(
  repository: string,
  head: Head,
  files: ReadonlyMap<string, string>,
): Promise<Workspace | null> {
  const last = new Map<string, string>();
  for (const environment of brokenEnvironments(head)) {
    if (head.workspace.environments.has(environment)) continue;
    const file = environmentPath(environment);
    const text = await lastReadable(repository, head.commit, file);
    if (text !== null) last.set(file, text);
  }
  return last.size === 0 ? null : parseWorkspace(new Map([...files, ...last])).workspace;
}

async function lastReadable(repository: string, commit: string, file: string): Promise<string | null> {
  const args = ['log', '--first-parent', `--max-count=${MAX_STATES}`, '--format=%H', commit, '--', file];
  const commits = (await runPlumbingLine(repository, args)).split('\n');
  const texts = await readBlobs(
    repository,
    commits.map((one) => `${one}:${file}`),
  );
  const isReadable = (text: string | null): boolean =>
    text !== null && parseDocument('environment', { file, text }).document !== null;
  return texts.find(isReadable) ?? null;
}
