import {
  type ManifestPackage,
  parseDurationMs,
  type Release,
  type RolloutManifest,
  type VersionRecord,
  type Workspace,
} from '@signalbox/contracts';
import { type Desired, publishedSegments } from '../reconcile/index.js';
import { type Background, waitsFor } from '../waits/index.js';
import { brokenReleases, environmentPath, type Head, modelPath, problemIn, releasePath, why } from './head.js';
import { holdsOf } from './holds.js';

export { refusedGate } from '../waits/index.js';
export { environmentPath, type Head, holdPath, modelPath, releasePath } from './head.js';

export interface Question {
  readonly environment: string;
  readonly model: string;
  /** What is published in this environment, by model. */
  readonly published: ReadonlyMap<string, RolloutManifest>;
  readonly background: Background;
  readonly wallNowMs: number;
  /** Reasons of this pass that hold for every model: what it cannot see or believe. */
  readonly heldUp?: readonly string[];
}

/** Stands in for a strategy that never could be read. The release is blocked then, so that nothing passes by it; what fails beyond doubt does. */
const NOTHING_PASSES = { stageDeadline: '7d', analysis: { errorRateMargin: 0, confidence: 0.95, metrics: [] } };

/** What Git asks for, or why that cannot be said: then whatever is published stays, and only this model waits. */
export type Resolved = { readonly desired: Desired } | { readonly unresolved: string };

/** Models that have a release in an environment, are published there, or would be if their file could be read. */
export function modelsOf(head: Head, environment: string, published: Iterable<string>): readonly string[] {
  const released = head.workspace.environments.get(environment)?.releases.keys() ?? [];
  return [...new Set([...published, ...released, ...brokenReleases(head, environment)])].sort();
}

/**
 * What the head asks for one model. Documents that only matter for starting or moving on (the strategy, the policy's gates) block just
 * that, and a model card that cannot be read leaves the rule and limits that are published: reverting works whatever else is broken.
 */
export function resolveDesired(head: Head, question: Question): Resolved {
  const { background, environment, model, published } = question;
  const settings = head.workspace.environments.get(environment);
  if (!settings)
    return { unresolved: `${environmentPath(environment)} cannot be read${why(head, environmentPath(environment))}` };
  const path = releasePath(environment, model);
  const release = settings.releases.get(model) ?? leftBehind(head, path, published.get(model));
  if (!release) return { unresolved: missingRelease(head, path) };
  const records = head.workspace.versions.get(model);
  const record = records?.get(release.version);
  if (!record) return { unresolved: `the record of version ${release.version} cannot be read${why(head, path)}` };
  const serving = servingOf(head.workspace, model, published.get(model) ?? null);
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
      segments: segmentsOf(head.workspace, release, { model, current: published.get(model) ?? null }),
      ...serving,
      confirmed: new Set(settings.confirmations.get(record.package.digest)?.stages ?? []),
      holds: holdsOf(head, environment, model),
      waits: [...(question.heldUp ?? []), ...waitsFor({ ...question, head, settings, release, record })],
      repromoted: background.repromoted.has(record.package.digest),
      emergencyEnded: background.emergencyEnded,
      wasLive: background.wasLive,
    },
  };
}

/** A release file that was deleted asks for nothing, so what is live stays; a candidate that nobody asks for any more does not. */
function leftBehind(head: Head, path: string, current: RolloutManifest | undefined): Release | undefined {
  if (!current || current.candidate === null || problemIn(head, path) !== null) return undefined;
  const pins = current.segments.flatMap(({ name, version }) =>
    version === null ? [] : [[name, { version }] as const],
  );
  const fallback = current.fallback === null ? {} : { fallback: { version: current.fallback } };
  return { version: current.champion, strategy: 'direct', segments: Object.fromEntries(pins), ...fallback };
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

/** The card's segments, with the versions that the release sends them to; those that are published while the card cannot be read. */
function segmentsOf(
  workspace: Workspace,
  release: Release,
  { current, model }: { readonly model: string; readonly current: RolloutManifest | null },
): Desired['segments'] {
  const records = workspace.versions.get(model);
  const card = workspace.models.get(model);
  if (!card && current) {
    const isNamed = (name: string): boolean => release.segments !== undefined && Object.hasOwn(release.segments, name);
    return publishedSegments(current).map((one) => (isNamed(one.name) ? one : { ...one, package: null }));
  }
  return (card?.serving.segments ?? []).map(({ critical, name, where }) => {
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
