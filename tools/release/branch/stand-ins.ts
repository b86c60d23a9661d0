import {
  type DocumentKind,
  type Finding,
  type ParsedFiles,
  parseDocument,
  parseWorkspace,
  placeOf,
  reliedOn,
  type Workspace,
} from '@signalbox/contracts';
import { readBlobs, runPlumbingLine } from '../../forge/index.js';
import { type Head, releasePath, strategyPath } from '../desired/head.js';

type Files = ReadonlyMap<string, string>;

/** How many files are looked for in a head, and in how many of its states each. */
const MAX_FILES = 50;
const MAX_STATES = 20;

/** What is looked for in one go, beside the other documents as they stand so far. */
interface Stage {
  readonly kind: DocumentKind;
  /** Also what no release relies on. */
  readonly all?: true;
}

/**
 * What a release is run and judged by, that on which most depends first, and who names others before them. What it needs only to start (a policy, feature
 * views) is no part of it: nothing starts.
 */
const STAGES: readonly Stage[] = [
  { kind: 'environment', all: true },
  { kind: 'release', all: true },
  { kind: 'strategy' },
  { kind: 'model' },
  { kind: 'version-record' },
  { kind: 'version-record', all: true },
];

export interface Broken {
  readonly repository: string;
  readonly commit: string;
  /** Each `environment.yaml` that is not there while its folder is. */
  readonly deleted: readonly string[];
  readonly files: Files;
  readonly parsed: ParsedFiles;
}

/** The documents with what stands in for those that cannot be gone by now: what they said when they last could be; and errors where none tells of that yet. */
export async function withStandIns(broken: Broken): Promise<Pick<Head, 'findings' | 'workspace'>> {
  const last = new Map<string, string>();
  const found = new Map<string, Files | null>();
  const looked = new Set<string>();
  let state = stateOf(broken, last);
  for (const stage of STAGES) {
    const search = { ...state, broken, found, looked };
    const before = last.size;
    for (const file of suspectsIn(state, stage)) {
      for (const [path, text] of (await standing(search, file)) ?? (await formerly(search, file))) {
        if (text !== broken.files.get(path)) last.set(path, text);
      }
    }
    if (last.size > before) state = stateOf(broken, last);
  }
  const gone = broken.deleted.filter((file) => last.has(file)).map(deletedFinding);
  return { findings: gone, workspace: state.workspace };
}

const deletedFinding = (file: string): Finding => ({
  ...{ code: 'layout/incomplete', severity: 'error', place: { file } },
  message: 'it was deleted, and other files of the environment are still there: it stands as it last could be read',
  hint: 'Restore it, or delete the whole folder.',
});

/** The documents as they stand so far. */
interface State {
  readonly texts: Files;
  readonly workspace: Workspace;
  readonly inError: ReadonlySet<string>;
  /** What is there to be right, whether or not a release relies on it. */
  readonly all: readonly string[];
  readonly reliedOn: readonly string[];
}

function stateOf({ deleted, files, parsed }: Broken, last: Files): State {
  const texts = new Map([...files, ...last]);
  const { findings, workspace } = parseWorkspace(texts, parsed);
  const inError = new Set(findings.flatMap(({ place, severity }) => (severity === 'error' ? [place.file] : [])));
  const releases = [...workspace.environments].flatMap(([name, settings]) =>
    [...settings.releases.keys()].map((model) => `${name}/${model}`),
  );
  const relied = releases.flatMap((release) => reliedOn(workspace, ['release', release]).map(({ file }) => file));
  return { texts, workspace, inError, all: [...deleted, ...inError], reliedOn: [...new Set(relied)] };
}

/** A strategy without an error may name a metric that has one. */
const suspectsIn = ({ inError, texts, ...state }: State, { all, kind }: Stage): readonly string[] =>
  (all ? state.all : state.reliedOn).filter(
    (file) => kindOf(file) === kind && (kind === 'strategy' || inError.has(file) || !texts.has(file)),
  );

type Search = State & {
  readonly broken: Broken;
  /** What stands for each file by now. */
  readonly found: Map<string, Files | null>;
  /** Whose history was read. */
  readonly looked: Set<string>;
};

/**
 * What a file says, or said last, that can be gone by, together with what the metrics that it names say, each as that last could be: whoever gives a metric
 * another name and mistypes it leaves neither. Null: none of the last states.
 */
async function standing(search: Search, file: string): Promise<Files | null> {
  const { found } = search;
  if (!found.has(file)) found.set(file, await lastRight(search, file));
  return found.get(file)!;
}

async function lastRight(search: Search, file: string): Promise<Files | null> {
  for await (const text of statesOf(search, file)) {
    const metrics = await metricsBeside(search, file, text);
    if (metrics !== null && isRight(file, text, metrics)) return new Map([...metrics, [file, text]]);
  }
  return null;
}

/** The newest first. Only what is not right as it stands counts as looked for. */
async function* statesOf({ broken, looked, texts }: Search, file: string): AsyncGenerator<string> {
  const now = texts.get(file);
  if (now !== undefined) yield now;
  if (looked.size >= MAX_FILES) return;
  looked.add(file);
  const textsOf = await readHistory(broken, [file]);
  for (const text of await textsOf(file)) if (text !== now) yield text;
}

/** By a metric that is torn, or whose name was mistyped, nothing would be rejected any more. */
async function metricsBeside(search: Search, file: string, text: string): Promise<Files | null> {
  const beside = new Map<string, string>();
  for (const metric of metricsIn(file, text)) {
    const states = await standing(search, metric);
    if (states === null) return null;
    for (const [path, said] of states) beside.set(path, said);
  }
  return beside;
}

/** By these a deadline of no time, or a bound that nothing meets, would reject what is healthy. */
const JUDGING: readonly (DocumentKind | null)[] = ['metric', 'model', 'strategy'];

/** What judges must be right by itself as well; whether what else it names is there is another question. */
function isRight(file: string, text: string, metrics: Files): boolean {
  const kind = kindOf(file)!;
  if (!JUDGING.includes(kind)) return parseDocument(kind, { file, text }).document !== null;
  const { findings } = parseWorkspace(new Map([...metrics, [file, text]]));
  return findings.every(
    ({ code, place, severity }) => place.file !== file || severity !== 'error' || code === 'reference/unknown',
  );
}

/**
 * For a strategy that never could be gone by, such as a name that was mistyped: each release that names it, by the strategy that this very release named before.
 * They are looked for together, because one slip may be in hundreds of them.
 */
async function formerly(search: Search, file: string): Promise<Files> {
  const { broken, looked, workspace } = search;
  const stands = new Map<string, string>();
  if (!looked.has(file)) return stands;
  const naming = [...workspace.environments].flatMap(([environment, { releases }]) =>
    [...releases].flatMap(([model, release]) =>
      strategyPath(release.strategy) === file ? [[releasePath(environment, model), release] as const] : [],
    ),
  );
  if (naming.length === 0) return stands;
  const textsOf = await readHistory(
    broken,
    naming.map(([path]) => path),
  );
  for (const [path, release] of naming) {
    for (const text of await textsOf(path)) {
      const strategy = parseDocument('release', { file: path, text }).document?.strategy;
      const former = strategy === undefined ? null : await standing(search, strategyPath(strategy));
      if (former === null) continue;
      for (const [other, said] of former) stands.set(other, said);
      stands.set(path, JSON.stringify({ ...release, strategy }));
      break;
    }
  }
  return stands;
}

/** What each of some files said, the newest first. */
async function readHistory({ commit, repository }: Broken, files: readonly string[]) {
  const count = `--max-count=${MAX_STATES * files.length}`;
  const args = ['log', '--first-parent', '-m', '--raw', '--no-abbrev', '--no-renames', '--format=', count];
  const log = await runPlumbingLine(repository, [...args, commit, '--', ...files]);
  const changes = log.split('\n').map((line) => line.split(/[ \t]/));
  return async (file: string): Promise<readonly string[]> => {
    const blobs = changes.flatMap(([, , , blob, , path]) => (path === file ? [blob!] : []));
    return (await readBlobs(repository, blobs.slice(0, MAX_STATES))).filter((text) => text !== null);
  };
}

/** The metrics that a strategy names; none where it is none, or cannot be read. */
function metricsIn(file: string, text: string): readonly string[] {
  const placement = placeOf(file);
  if (placement.is !== 'document' || placement.kind !== 'strategy') return [];
  const { workspace } = parseWorkspace(new Map([[file, text]]));
  const relied = reliedOn(workspace, ['strategy', placement.parts.join('/')]);
  return relied.slice(1).map((one) => one.file);
}

function kindOf(file: string): DocumentKind | null {
  const placement = placeOf(file);
  return placement.is === 'document' ? placement.kind : null;
}
