import {
  DOCUMENT_FOLDERS,
  type DocumentKind,
  type Finding,
  ParsedFiles,
  parseDocument,
  parseWorkspace,
  placeOf,
  type Workspace,
} from '@signalbox/contracts';
import { readBlobs, readFilesAtCommit, runPlumbingLine } from '../../forge/index.js';
import { environmentPath, type Head, recordPath } from '../desired/head.js';
import { alsoNamed } from '../waits/beside.js';

type Files = ReadonlyMap<string, string>;

/** What says what runs, and how it is judged meanwhile; records come after them, since releases say which of them count. */
const STANDS_IN: readonly DocumentKind[] = ['environment', 'release', 'strategy'];
/** What lies in the folder of an environment. */
const WITHIN: readonly DocumentKind[] = ['release', 'hold', 'confirmation', 'freeze'];
const ROOT = /^releases\/([^/]+)\/root[.]json$/;
/** How many files are looked for in a head, and in how many of its states each. */
const MAX_FILES = 50;
const MAX_STATES = 20;

/**
 * The documents at a commit. One that says what runs stands as it last could be read on the first-parent history where it cannot be now: without it
 * nothing could go back, and a version that fails would keep its traffic. Its error stays a finding, and lets nothing start or move on. `parsed` may carry
 * what an earlier call has parsed.
 */
export async function readHead(repository: string, commit: string, parsed = new ParsedFiles()): Promise<Head> {
  const { deleted, files } = await filesAt(repository, commit);
  const { findings, workspace } = parseWorkspace(files, parsed);
  const from = { repository, commit };
  const broken = brokenFiles(findings, files);
  const lost = unreadable(broken, deleted);
  const said = await lastReadables(from, lost.slice(0, MAX_FILES));
  const standing = said.size === 0 ? workspace : parseWorkspace(new Map([...files, ...said]), parsed).workspace;
  const records = lostRecords(broken, standing, files).slice(0, Math.max(0, MAX_FILES - lost.length));
  const last = new Map([...said, ...(await lastReadables(from, records))]);
  if (last.size === 0) return { commit, findings, workspace };
  return {
    commit,
    findings: [...findings, ...deleted.filter((file) => last.has(file)).map(deletedFinding)],
    workspace: parseWorkspace(new Map([...files, ...last]), parsed).workspace,
  };
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

const deletedFinding = (file: string): Finding => ({
  ...{ code: 'layout/incomplete', severity: 'error', place: { file } },
  message: 'it was deleted, and other files of the environment are still there: it stands as it last could be read',
  hint: 'Restore it, or delete the whole folder.',
});

type Lost = readonly [file: string, kind: DocumentKind];

/** Documents that are wrong by themselves, or deleted. What most depends on comes first, whatever else is broken in the whole repository. */
function unreadable(broken: readonly Lost[], deleted: readonly string[]): readonly Lost[] {
  const gone = deleted.map((file): Lost => [file, 'environment']);
  return STANDS_IN.flatMap((kind) => [...gone, ...broken].filter((one) => one[1] === kind));
}

/** Records that are wrong or gone, those first whose version a release names, in whatever part. */
function lostRecords(broken: readonly Lost[], workspace: Workspace, files: Files): readonly Lost[] {
  const named = [...workspace.environments.values()].flatMap(({ releases }) =>
    [...releases].flatMap(([model, release]) =>
      [release.version, ...alsoNamed(release)].map((version) => recordPath(model, version)),
    ),
  );
  const torn = broken.filter(([, kind]) => kind === 'version-record');
  const isTorn = new Set(torn.map(([file]) => file));
  const needed = named.filter((file) => !files.has(file) || isTorn.has(file));
  return [...new Map([...needed.map((file): Lost => [file, 'version-record']), ...torn])];
}

function brokenFiles(findings: readonly Finding[], files: Files): readonly Lost[] {
  const inError = new Set(findings.flatMap(({ place, severity }) => (severity === 'error' ? [place.file] : [])));
  return [...inError].flatMap((file): readonly Lost[] => {
    const placement = placeOf(file);
    if (placement.is !== 'document' || ![...STANDS_IN, 'version-record'].includes(placement.kind)) return [];
    return isReadable(placement.kind, file, files.get(file)) ? [] : [[file, placement.kind]];
  });
}

interface From {
  readonly repository: string;
  readonly commit: string;
}

async function lastReadables(from: From, lost: readonly Lost[]): Promise<ReadonlyMap<string, string>> {
  const last = new Map<string, string>();
  for (const one of lost) {
    const text = await lastReadable(from, one);
    if (text !== null) last.set(one[0], text);
  }
  return last;
}

async function lastReadable({ commit, repository }: From, [file, kind]: Lost): Promise<string | null> {
  const args = ['log', '--first-parent', `--max-count=${MAX_STATES}`, '--format=%H', commit, '--', file];
  const commits = (await runPlumbingLine(repository, args)).split('\n').filter((one) => one !== '');
  const texts = await readBlobs(
    repository,
    commits.map((one) => `${one}:${file}`),
  );
  return texts.find((text) => isReadable(kind, file, text)) ?? null;
}

function isReadable(kind: DocumentKind, file: string, text: string | null | undefined): boolean {
  return text != null && parseDocument(kind, { file, text }).document !== null;
}
