import {
  type Finding,
  formatPlace,
  type Hold,
  letsThrough,
  type ManifestPackage,
  parseDurationMs,
  type Release,
  type RolloutManifest,
  type VersionRecord,
  type Workspace,
} from '@signalbox/contracts';
import type { Desired } from './reconcile/index.js';

/** The documents of the main branch at its head. */
export interface Head {
  readonly commit: string;
  readonly workspace: Workspace;
  readonly findings: readonly Finding[];
}

export interface Question {
  readonly environment: string;
  readonly model: string;
  readonly current: RolloutManifest | null;
  /** Digests of rejected packages that a commit newer than their rejection promotes again. */
  readonly repromoted: ReadonlySet<string>;
  /** A commit ends the emergency that `current` stands for. */
  readonly emergencyEnded?: boolean;
}

/** Stands in for a strategy that cannot be read. The release is blocked then, so that it never judges anything. */
const NOTHING_PASSES = { stageDeadline: '7d', analysis: { errorRateMargin: 0, confidence: 0.95, metrics: [] } };

/** What Git asks for, or why that cannot be said: then whatever is published stays, and only this model waits. */
export type Resolved = { readonly desired: Desired } | { readonly unresolved: string };

/** Models that have a release in an environment, are published there, or would be if their file could be read. */
export function modelsOf(head: Head, environment: string, published: Iterable<string>): readonly string[] {
  const released = head.workspace.environments.get(environment)?.releases.keys() ?? [];
  const broken = head.findings.flatMap(({ place }) => {
    const match = /^releases\/(?<env>[^/]+)\/(?<model>[^/]+)\.yaml$/.exec(place.file);
    return match?.groups?.env === environment && match.groups.model !== 'environment' ? [match.groups.model!] : [];
  });
  return [...new Set([...published, ...released, ...broken])].sort();
}

/**
 * What the head asks for one model. Documents that only matter for starting or moving on (the strategy, the policy's gates) block just
 * that, and a model card that cannot be read leaves the rule and limits that are published: reverting works whatever else is broken.
 */
export function resolveDesired(head: Head, question: Question): Resolved {
  const { current, environment, model } = question;
  const settings = head.workspace.environments.get(environment);
  if (!settings)
    return { unresolved: `${environmentPath(environment)} cannot be read${why(head, environmentPath(environment))}` };
  const path = releasePath(environment, model);
  const release = settings.releases.get(model);
  if (!release) return { unresolved: missingRelease(head, path) };
  const records = head.workspace.versions.get(model);
  const record = records?.get(release.version);
  if (!record) return { unresolved: `the record of version ${release.version} cannot be read${why(head, path)}` };
  const serving = servingOf(head.workspace, model, current);
  if (!serving) return { unresolved: `${modelPath(model)} cannot be read${why(head, modelPath(model))}` };
  return {
    desired: {
      environment,
      model,
      commit: head.commit,
      clock: settings.environment.clock,
      minPods: settings.environment.minPods,
      package: packageOf(release.version, record),
      strategy: { name: release.strategy, ...(head.workspace.strategies.get(release.strategy) ?? NOTHING_PASSES) },
      metrics: head.workspace.metrics,
      fallback: release.fallback ? packageOfVersion(records, release.fallback.version) : null,
      arms: (release.arms ?? []).flatMap((version) => packageOfVersion(records, version) ?? []),
      segments: segmentsOf(head.workspace, model, release),
      ...serving,
      confirmed: new Set(settings.confirmations.get(record.package.digest)?.stages ?? []),
      holds: new Map([...unreadableHolds(head, environment, model), ...settings.holds]),
      waits: waitsOf(head, { environment, model, record, strategy: release.strategy }),
      repromoted: question.repromoted.has(record.package.digest),
      emergencyEnded: question.emergencyEnded ?? false,
    },
  };
}

export const environmentPath = (environment: string): string => `releases/${environment}/environment.yaml`;
export const releasePath = (environment: string, model: string): string => `releases/${environment}/${model}.yaml`;
export const modelPath = (model: string): string => `models/${model}/model.yaml`;
export const holdPath = (environment: string, digest: string): string =>
  `releases/${environment}/holds/${digest.replace('sha256:', '')}.yaml`;

/** A hold that somebody wrote wrongly is one all the same: its name says which package, and stopping must not depend on the rest. */
function unreadableHolds(head: Head, environment: string, model: string): readonly (readonly [string, Hold])[] {
  return head.findings.flatMap(({ place: { file }, severity }) => {
    const [, inEnvironment, sha256] = /^releases\/([^/]+)\/holds\/([0-9a-f]{64})\.yaml$/.exec(file) ?? [];
    if (severity !== 'error' || inEnvironment !== environment) return [];
    const reason = `${file} cannot be read, so it holds`;
    return [[`sha256:${sha256}`, { model, reason, since: '1970-01-01', by: 'an unreadable file' }] as const];
  });
}

function packageOf(version: number, { package: packed, trainedOn }: VersionRecord): ManifestPackage {
  return { version, digest: packed.digest, sizeBytes: packed.sizeBytes, features: trainedOn.features };
}

function packageOfVersion(
  records: ReadonlyMap<number, VersionRecord> | undefined,
  version: number,
): ManifestPackage | null {
  const record = records?.get(version);
  return record ? packageOf(version, record) : null;
}

/** The card's segments, with the versions that the release sends them to. */
function segmentsOf(workspace: Workspace, model: string, release: Release): Desired['segments'] {
  const records = workspace.versions.get(model);
  return (workspace.models.get(model)?.serving.segments ?? []).map(({ critical, name, where }) => {
    const own = release.segments?.[name];
    return { name, where, critical, package: own ? packageOfVersion(records, own.version) : null };
  });
}

function servingOf(
  workspace: Workspace,
  model: string,
  current: RolloutManifest | null,
): Pick<Desired, 'rule' | 'limits'> | null {
  const card = workspace.models.get(model);
  if (!card) return current && { rule: current.rule, limits: current.limits };
  const { costClass = null, priority, rule = null, timeout } = card.serving;
  return { rule, limits: { timeoutMs: parseDurationMs(timeout), priority, costClass } };
}

function missingRelease(head: Head, path: string): string {
  const problem = problemIn(head, path);
  return problem === null
    ? `${path} is not there, which asks for nothing: to stop a model, remove its pods`
    : `${path} cannot be read: ${problem}`;
}

/** Errors of the documents that say how to start and what must have been shown before. */
function waitsOf(
  head: Head,
  about: {
    readonly environment: string;
    readonly model: string;
    readonly record: VersionRecord;
    readonly strategy: string;
  },
): readonly string[] {
  const files = [releasePath(about.environment, about.model), `releases/strategies/${about.strategy}.yaml`];
  const problems = files.flatMap((file) => problemIn(head, file) ?? []);
  const isKnown = problems.length > 0 || head.workspace.strategies.has(about.strategy);
  const missing = isKnown ? [] : [`there is no strategy "${about.strategy}"`];
  return [...problems, ...missing, ...[refusedGate(about.record) ?? []].flat()];
}

/** Gates are judged on the pull request; asked again here, so that a release file written by hand cannot pass them by. */
export function refusedGate({ verdicts }: VersionRecord): string | null {
  if (verdicts.length === 0) return 'its record carries no verdict of any gate';
  const refused = verdicts.find(({ verdict }) => !letsThrough(verdict));
  return refused ? `gate ${refused.id} said ${refused.verdict}: ${refused.sentence}` : null;
}

function problemIn(head: Head, file: string): string | null {
  const finding = head.findings.find((one) => one.severity === 'error' && one.place.file === file);
  return finding ? `${formatPlace(finding.place)}: ${finding.message}` : null;
}

function why(head: Head, file: string): string {
  const problem = problemIn(head, file);
  return problem === null ? '' : ` (${problem})`;
}
