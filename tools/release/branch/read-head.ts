import {
  type DocumentKind,
  type Finding,
  ParsedFiles,
  parseDocument,
  parseWorkspace,
  placeOf,
} from '@signalbox/contracts';
import { readBlobs, readDocumentsAtCommit, runPlumbingLine } from '../../forge/index.js';
import { environmentPath, type Head, recordPath } from '../desired/head.js';
import { alsoNamed } from '../waits/beside.js';

type Files = ReadonlyMap<string, string>;

/** What says what runs, and how it is judged meanwhile. */
const STANDS_IN: readonly DocumentKind[] = ['environment', 'release', 'version-record', 'strategy'];
/** What lies in the folder of an environment. */
const WITHIN: readonly DocumentKind[] = ['release', 'hold', 'confirmation', 'freeze'];
/** How many of them are looked for in a head, and in how many of its states each. */
const MAX_FILES = 50;
const MAX_STATES = 20;

/**
 * The documents at a commit. One that says what runs stands as it last could be read on the first-parent history where it cannot be now: without it
 * nothing could go back, and a version that fails would keep its traffic. Its error stays a finding, and lets nothing start or move on. `parsed` may carry
 * what an earlier call has parsed.
 */
export async function readHead(repository: string, commit: string, parsed = new ParsedFiles()): Promise<Head> {
  const files = await readDocumentsAtCommit(repository, commit);
  const { findings, workspace } = parseWorkspace(files, parsed);
  const head = { commit, findings, workspace };
  const last = new Map<string, string>();
  for (const [file, kind] of unreadable(head, files).slice(0, MAX_FILES)) {
    const text = await lastReadable(repository, { commit, file, kind });
    if (text !== null) last.set(file, text);
  }
  if (last.size === 0) return head;
  const deleted = deletedEnvironments(files).filter((file) => last.has(file));
  const standing = parseWorkspace(new Map([...files, ...last])).workspace;
  return { ...head, findings: [...findings, ...deleted.map(deletedFinding)], workspace: standing };
}

/** Where something still lies in its folder: what runs there is judged and taken back by what it said. */
function deletedEnvironments(files: Files): readonly string[] {
  const names = [...files.keys()].flatMap((file) => {
    const placement = placeOf(file);
    const isWithin = placement.is === 'document' && WITHIN.includes(placement.kind);
    return isWithin ? [placement.parts[0]!] : [];
  });
  return [...new Set(names)].map(environmentPath).filter((file) => !files.has(file));
}

const deletedFinding = (file: string): Finding => ({
  ...{ code: 'layout/incomplete', severity: 'error', place: { file } },
  message: 'it was deleted, and other documents of the environment are still there: it stands as it last could be read',
  hint: 'Restore it, or delete the whole folder.',
});

/** Documents that are wrong by themselves, and records that are gone although a release names their version, in whatever part. */
function unreadable({ findings, workspace }: Head, files: Files): readonly (readonly [string, DocumentKind])[] {
  const broken = findings.flatMap(({ place: { file }, severity }) => {
    const placement = placeOf(file);
    if (severity !== 'error' || placement.is !== 'document' || !STANDS_IN.includes(placement.kind)) return [];
    return isReadable(placement.kind, file, files.get(file)) ? [] : [[file, placement.kind] as const];
  });
  const gone = [...workspace.environments.values()].flatMap(({ releases }) =>
    [...releases].flatMap(([model, release]) =>
      [release.version, ...alsoNamed(release)]
        .map((version) => recordPath(model, version))
        .flatMap((file) => (files.has(file) ? [] : [[file, 'version-record'] as const])),
    ),
  );
  const deleted = deletedEnvironments(files).map((file) => [file, 'environment'] as const);
  return [...new Map([...deleted, ...broken, ...gone])];
}

async function lastReadable(
  repository: string,
  { commit, file, kind }: { readonly commit: string; readonly file: string; readonly kind: DocumentKind },
): Promise<string | null> {
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
