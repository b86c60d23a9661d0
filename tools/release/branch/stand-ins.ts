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
import { releasePath, strategyPath } from '../desired/head.js';

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
 * A strategy also names metrics that can say what it asks: one with a deadline of no time, or a bound that nothing meets, would reject what is healthy, and by
 * a name that was mistyped nothing would be rejected any more.
 */
const isSoundByMetrics: Stage['isRight'] = (file, text, others) => {
  const metrics = [...others].filter(([path]) => path.startsWith('releases/metrics/'));
  return faultsOf(file, new Map([...metrics, [file, text]])).length === 0;
};

/**
 * What a release is run and judged by, that on which most depends first, and who names others before them. What it needs only to start (a policy, feature
 * views) is no part of it: nothing starts.
 */
const STAGES: readonly Stage[] = [
  { kind: 'environment', isRight: parses, all: true },
  { kind: 'release', isRight: parses, all: true },
  { kind: 'strategy', isRight: parses },
  { kind: 'metric', isRight: isSound },
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

/** The documents with what stands in for those that cannot be gone by now: what they said when they last could be. `last`: the same, by path. */
export async function withStandIns(broken: Broken): Promise<{ readonly last: Files; readonly workspace: Workspace }> {
  const last = new Map<string, string>();
  const looked = new Set<string>();
  let state = stateOf(broken, last);
  for (const stage of STAGES) {
    const lost = lostIn(state, stage).filter((file) => !stage.all || !looked.has(file));
    for (const file of lost.slice(0, MAX_FILES - looked.size)) {
      looked.add(file);
      const text =
        (await lastRight(broken, file, { ...state, stage })) ?? (await formerly(broken, file, { ...state, stage }));
      if (text !== null) last.set(file, text);
    }
    if (lost.some((file) => last.has(file))) state = stateOf(broken, last);
  }
  return { last, workspace: state.workspace };
}

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
    return text === undefined || (inError.has(file) && !stage.isRight(file, text, texts));
  });

type SoFar = State & { readonly stage: Stage };

/** The newest state of a file that can be gone by; null: none of the last ones. */
async function lastRight(
  { commit, repository }: Broken,
  file: string,
  { stage, texts }: SoFar,
): Promise<string | null> {
  const states = await statesOf({ commit, repository }, file);
  // What stands there now is wrong, and may be large.
  return states.find((text) => text !== texts.get(file) && stage.isRight(file, text, texts)) ?? null;
}

/** For a strategy that never could be gone by, such as a name that was mistyped: the one by which a release that names it went before. */
async function formerly(broken: Broken, file: string, { stage, texts, workspace }: SoFar): Promise<string | null> {
  if (stage.kind !== 'strategy') return null;
  const releases = [...workspace.environments].flatMap(([environment, settings]) =>
    [...settings.releases].flatMap(([model, { strategy }]) =>
      strategyPath(strategy) === file ? [releasePath(environment, model)] : [],
    ),
  );
  for (const release of releases.slice(0, MAX_RELEASES)) {
    for (const state of await statesOf(broken, release)) {
      const { document } = parseDocument('release', { file: release, text: state });
      const former = strategyPath(document?.strategy ?? '');
      const text = texts.get(former);
      if (former !== file && text !== undefined && stage.isRight(former, text, texts)) return text;
    }
  }
  return null;
}

async function statesOf({ commit, repository }: Pick<Broken, 'commit' | 'repository'>, file: string) {
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

function kindOf(file: string): DocumentKind | null {
  const placement = placeOf(file);
  return placement.is === 'document' ? placement.kind : null;
}
