import { DOCUMENT_FOLDERS, type DocumentKind, ParsedFiles, parseWorkspace, placeOf } from '@signalbox/contracts';
import { readFilesAtCommit } from '../../forge/index.js';
import { environmentPath, type Head } from '../desired/head.js';
import { withStandIns } from './stand-ins.js';

/** What lies in the folder of an environment. */
const WITHIN: readonly DocumentKind[] = ['release', 'hold', 'confirmation', 'freeze'];
const ROOT = /^releases\/([^/]+)\/root[.]json$/;

/**
 * The documents at a commit. One that says what runs, or how it is judged, stands as it last could be read on the first-parent history where it cannot be
 * now: without it nothing could go back, and a version that fails would keep its traffic. Its error stays a finding, and lets nothing start or move on.
 * `parsed` may carry what an earlier call has parsed.
 */
export async function readHead(repository: string, commit: string, parsed = new ParsedFiles()): Promise<Head> {
  const { deleted, files } = await filesAt(repository, commit);
  const { findings, workspace } = parseWorkspace(files, parsed);
  if (deleted.length === 0 && !findings.some(({ severity }) => severity === 'error')) {
    return { commit, findings, workspace };
  }
  const standing = await withStandIns({ repository, commit, deleted, files, parsed });
  return { commit, ...standing, findings: [...findings, ...standing.findings], asWritten: workspace };
}

/**
 * The documents, and the paths of each `environment.yaml` that is not there while something else lies in its folder, if only the root: what runs there is
 * judged and taken back by what it said.
 */
async function filesAt(repository: string, commit: string) {
  const wanted = (path: string): boolean => placeOf(path).is !== 'other' || ROOT.test(path);
  const read = await readFilesAtCommit(repository, commit, { folders: DOCUMENT_FOLDERS, wanted });
  const names = [...read.keys()].flatMap((path) => {
    const placement = placeOf(path);
    const isWithin = placement.is === 'document' && WITHIN.includes(placement.kind);
    return isWithin ? [placement.parts[0]!] : (ROOT.exec(path)?.slice(1) ?? []);
  });
  const deleted = [...new Set(names)].map(environmentPath).filter((file) => !read.has(file));
  return { deleted, files: new Map([...read].filter(([path]) => !ROOT.test(path))) };
}
