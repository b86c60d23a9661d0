import {
  type DocumentName,
  type Finding,
  formatPlace,
  type Hold,
  reliedOn,
  type Workspace,
} from '@signalbox/contracts';

/** The documents of the main branch at its head. */
export interface Head {
  readonly commit: string;
  readonly workspace: Workspace;
  readonly findings: readonly Finding[];
  /** The documents as they are written, where others may stand in for some of them. */
  readonly asWritten?: Workspace;
}

export const environmentPath = (environment: string): string => `releases/${environment}/environment.yaml`;
export const releasePath = (environment: string, model: string): string => `releases/${environment}/${model}.yaml`;
export const rootPath = (environment: string): string => `releases/${environment}/root.json`;
export const modelPath = (model: string): string => `models/${model}/model.yaml`;
export const recordPath = (model: string, version: number): string => `models/${model}/versions/${version}.yaml`;
export const strategyPath = (strategy: string): string => `releases/strategies/${strategy}.yaml`;
export const holdPath = (environment: string, digest: string): string =>
  `releases/${environment}/holds/${digest.replace('sha256:', '')}.yaml`;
export const confirmationPath = (environment: string, digest: string): string =>
  `releases/${environment}/confirmations/${digest.replace('sha256:', '')}.yaml`;

/** The first error of a document, with its place; null: it has none. */
export function problemIn(head: Head, file: string): string | null {
  return errorsOf(head).byFile.get(file) ?? null;
}

/**
 * What is wrong with a document or with anything that it relies on: the first error of each, and what is not there where that is no error of whoever names
 * it. While there is something nothing may start, move on or be published by that document. It relies on what it names as it is written as well as on what
 * stands: what stands may name nothing that is wrong, and that alone is why.
 */
export function problemsOf(head: Head, from: DocumentName): readonly string[] {
  const { asWritten = head.workspace, workspace } = head;
  const [first, ...relied] = [...reliedOn(asWritten, from), ...reliedOn(workspace, from)];
  const problems = new Set([first!, ...relied].flatMap(({ file }) => problemIn(head, file) ?? []));
  if (problems.size > 0) return [...problems];
  const others = relied.filter(({ file, isThere }) => !isThere && file !== first!.file);
  return [...new Set(others.map(({ file }) => `${file} is not there`))];
}

export function why(head: Head, file: string): string {
  const problem = problemIn(head, file);
  return problem === null ? '' : ` (${problem})`;
}

/** Models whose release file is there and cannot be read. */
export function brokenReleases(head: Head, environment: string): readonly string[] {
  return errorsOf(head).releases.get(environment) ?? [];
}

/** Environments whose document is there and cannot be read. */
export function brokenEnvironments(head: Head): readonly string[] {
  return errorsOf(head).environments;
}

/** A hold that somebody wrote wrongly is one all the same: its name says which package, and stopping must not depend on the rest. */
export function unreadableHolds(head: Head, environment: string): readonly (readonly [string, Omit<Hold, 'model'>])[] {
  return (errorsOf(head).holds.get(environment) ?? []).map((sha256) => {
    const digest = `sha256:${sha256}`;
    const reason = `${holdPath(environment, digest)} cannot be read, so it holds`;
    return [digest, { reason, since: '1970-01-01', by: 'an unreadable file' }] as const;
  });
}

/** What is wrong with the freezes of an environment. */
export function freezeProblems(head: Head, environment: string): readonly string[] {
  return errorsOf(head).freezes.get(environment) ?? [];
}

interface Errors {
  readonly byFile: Map<string, string>;
  readonly environments: string[];
  readonly releases: Map<string, string[]>;
  readonly holds: Map<string, string[]>;
  readonly freezes: Map<string, string[]>;
}

const known = new WeakMap<Head, Errors>();

/** By file, once for each head: a thousand models ask, and the answer never changes under a commit. */
function errorsOf(head: Head): Errors {
  const found = known.get(head) ?? indexErrors(head);
  known.set(head, found);
  return found;
}

function indexErrors({ findings }: Head): Errors {
  const errors: Errors = {
    byFile: new Map(),
    environments: [],
    releases: new Map(),
    holds: new Map(),
    freezes: new Map(),
  };
  for (const { message, place, severity } of findings) {
    if (severity !== 'error' || errors.byFile.has(place.file)) continue;
    const problem = `${formatPlace(place)}: ${message}`;
    errors.byFile.set(place.file, problem);
    const [, environment = '', folder, name = ''] =
      /^releases\/(?!policies\/|strategies\/|metrics\/)([^/]+)\/(?:(holds|freezes)\/)?([^/]+)\.yaml$/.exec(
        place.file,
      ) ?? [];
    if (folder === 'freezes') add(errors.freezes, environment, problem);
    else if (folder === 'holds' && /^[0-9a-f]{64}$/.test(name)) add(errors.holds, environment, name);
    else if (folder === undefined && name === 'environment') errors.environments.push(environment);
    else if (folder === undefined && name !== '') add(errors.releases, environment, name);
  }
  return errors;
}

function add(lists: Map<string, string[]>, key: string, value: string): void {
  const list = lists.get(key) ?? [];
  list.push(value);
  lists.set(key, list);
}
