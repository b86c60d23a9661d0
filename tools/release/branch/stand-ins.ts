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
/** How many releases that name a strategy which never was are asked what they named before. */
const MAX_RELEASES = 5;

/** What is looked for in one go, and what of it can be gone by, beside the other documents as they stand so far. */
interface Stage {
  readonly kind: DocumentKind;
  readonly isRight: (file: string, text: string, others: Files) => boolean;
  /** Also what no release relies on. */
  readonly all?: true;
}

const parses: Stage['isRight'] = (file, text) => parseDocument(kindOf(file)!, { file, text }).document !== null;

/** What judges must be right by itself as well; whether what it names is there is another question. */
const isSound: Stage['isRight'] = (file, text) =>
  faultsOf(file, new Map([[file, text]])).every(({ code }) => code === 'reference/unknown');

/**
 * A strategy also by the metrics that it names: one with a deadline of no time, or a bound that nothing meets, would reject what is healthy, and by a metric
 * that is torn, or whose name was mistyped, nothing would be rejected any more.
 */
const isSoundByMetrics: Stage['isRight'] = (file, text, others) => {
  const metrics = metricsIn(file, text).map((path) => [path, others.get(path) ?? ''] as const);
  return (
    metrics.every(([path, metric]) => isSound(path, metric, others)) &&
    faultsOf(file, new Map([...metrics, [file, text]])).length === 0
  );
};

/**
 * What a release is run and judged by, that on which most depends first, and who names others before them. What it needs only to start (a policy, feature
 * views) is no part of it: nothing starts.
 */
const STAGES: readonly Stage[] = [
  { kind: 'environment', isRight: parses, all: true },
  { kind: 'release', isRight: parses, all: true },
  { kind: 'strategy', isRight: isSoundByMetrics },
  { kind: 'model', isRight: isSound },
  { kind: 'version-record', isRight: parses },
  { kind: 'version-record', isRight: parses, all: true },
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
  const looked = new Map<string, string | null>();
  const atHead = stateOf(broken, last);
  let state = atHead;
  for (const stage of STAGES) {
    const lost = lostIn(state, stage).filter((file) => !stage.all || !looked.has(file));
    const search = { ...state, broken, looked, stage };
    for (const file of lost) {
      if (looked.size >= MAX_FILES) break;
      looked.set(file, null);
      const found = (await lastRight(search, file)) ?? (await formerly(search, file)) ?? [];
      for (const [path, text] of found) last.set(path, text);
    }
    if (lost.some((file) => last.has(file))) state = stateOf(broken, last);
  }
  return { findings: untold(broken, last, atHead.inError), workspace: state.workspace };
}

/** Whatever stands in must hold its release back: what was deleted has no error, nor a strategy whose metric has one and was not named before. */
function untold({ deleted, files }: Broken, last: Files, inError: State['inError']): readonly Finding[] {
  const gone = deleted.filter((file) => last.has(file)).map(deletedFinding);
  const replaced = [...last].flatMap(([file, text]) => {
    const now = files.get(file);
    if (now === undefined || now === text || inError.has(file)) return [];
    const metrics = metricsIn(file, now).filter((path) => inError.has(path));
    return [replacedFinding(file, metrics)];
  });
  return [...gone, ...replaced];
}

const deletedFinding = (file: string): Finding => ({
  ...{ code: 'layout/incomplete', severity: 'error', place: { file } },
  message: 'it was deleted, and other files of the environment are still there: it stands as it last could be read',
  hint: 'Restore it, or delete the whole folder.',
});

const replacedFinding = (file: string, metrics: readonly string[]): Finding => ({
  ...{ code: 'reference/unknown', severity: 'error', place: { file } },
  message: `it names a metric that never could be gone by (${metrics.join(' and ')}): it stands as it last could be`,
  hint: 'Mend the metric, or name another.',
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

const lostIn = ({ inError, texts, ...state }: State, stage: Stage): readonly string[] =>
  (stage.all ? state.all : state.reliedOn).filter((file) => {
    if (kindOf(file) !== stage.kind) return false;
    const text = texts.get(file);
    if (text === undefined) return true;
    const isSuspect = [file, ...metricsIn(file, text)].some((one) => inError.has(one));
    return isSuspect && !stage.isRight(file, text, texts);
  });

type Search = State & {
  readonly broken: Broken;
  readonly stage: Stage;
  /** What was looked for by now, and of metrics what was found. */
  readonly looked: Map<string, string | null>;
};

/**
 * The newest state of a file, or of another (`from`) in its place, that can be gone by, with what has to stand in beside it: the metrics that a strategy
 * names go with it when they get another name. Null: none of the last ones.
 */
async function lastRight(search: Search, file: string, from = file): Promise<Files | null> {
  const { broken, stage, texts } = search;
  for (const text of await statesOf(broken, from)) {
    const metrics = await metricsBeside(search, file, text);
    // What stands there now is wrong by itself, and may be large.
    if (metrics.size === 0 && text === texts.get(file)) continue;
    if (stage.isRight(file, text, new Map([...texts, ...metrics]))) return new Map([...metrics, [file, text]]);
  }
  return null;
}

async function metricsBeside(search: Search, file: string, text: string): Promise<Files> {
  const { broken, looked, texts } = search;
  const found = new Map<string, string>();
  for (const path of metricsIn(file, text)) {
    const now = texts.get(path);
    if (now !== undefined && isSound(path, now, texts)) continue;
    if (!looked.has(path) && looked.size < MAX_FILES) {
      const states = await statesOf(broken, path);
      looked.set(path, states.find((state) => state !== now && isSound(path, state, texts)) ?? null);
    }
    const before = looked.get(path);
    if (before) found.set(path, before);
  }
  return found;
}

/** For a strategy that never could be gone by, such as a name that was mistyped: the one by which a release that names it went before, as that last could be. */
async function formerly(search: Search, file: string): Promise<Files | null> {
  const { broken, stage, workspace } = search;
  if (stage.kind !== 'strategy') return null;
  const releases = [...workspace.environments].flatMap(([environment, settings]) =>
    [...settings.releases].flatMap(([model, { strategy }]) =>
      strategyPath(strategy) === file ? [releasePath(environment, model)] : [],
    ),
  );
  const tried = new Set([file]);
  for (const release of releases.slice(0, MAX_RELEASES)) {
    for (const state of await statesOf(broken, release)) {
      const { document } = parseDocument('release', { file: release, text: state });
      const former = strategyPath(document?.strategy ?? '');
      if (document === null || tried.has(former)) continue;
      tried.add(former);
      const found = await lastRight(search, file, former);
      if (found !== null) return found;
    }
  }
  return null;
}

async function statesOf({ commit, repository }: Broken, file: string): Promise<readonly string[]> {
  const args = ['log', '--first-parent', `--max-count=${MAX_STATES}`, '--format=%H', commit, '--', file];
  const commits = (await runPlumbingLine(repository, args)).split('\n').filter((one) => one !== '');
  const texts = await readBlobs(
    repository,
    commits.map((one) => `${one}:${file}`),
  );
  return texts.filter((text) => text !== null);
}

function faultsOf(file: string, files: Files): readonly Finding[] {
  const { findings } = parseWorkspace(files);
  return findings.filter(({ place, severity }) => place.file === file && severity === 'error');
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
