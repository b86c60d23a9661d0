import {
  type ManifestPackage,
  type Model,
  parseDurationMs,
  type Release,
  type RolloutManifest,
  type VersionRecord,
} from '@signalbox/contracts';
import { type Desired, publishedSegments } from '../reconcile/index.js';
import { type Background, waitsFor } from '../waits/index.js';
import { asPublished, editedRecords, packageOf } from './as-published.js';
import { brokenReleases, type Head, modelPath, problemIn, problemsOf, recordPath, releasePath, why } from './head.js';
import { holdsOf } from './holds.js';
import { asking, leaves, leftBehind, NOTHING_PASSES, packageIn } from './left-behind.js';

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

/** What Git asks for, or why that cannot be said: then whatever is published stays, and only this model waits. */
export type Resolved =
  | {
      readonly desired: Desired;
      /** Where nothing asks for the model: why what is published stands for it. */
      readonly left?: string;
      /** What people did that does nothing: records that were edited after their version was published, and lines of commits that do not count. */
      readonly idle?: readonly string[];
    }
  | { readonly unresolved: string };

/** The reasons of a decision about what was resolved. */
export const reasonsWith = (
  { idle = [], left }: Omit<Extract<Resolved, { readonly desired: Desired }>, 'desired'>,
  reasons: readonly string[],
): readonly string[] => [...(left === undefined ? [] : [left]), ...reasons, ...idle];

/** Models that have a release in an environment, are published there, or would be if their file could be read. */
export function modelsOf(head: Head, environment: string, published: Iterable<string>): readonly string[] {
  const released = head.workspace.environments.get(environment)?.releases.keys() ?? [];
  return [...new Set([...published, ...released, ...brokenReleases(head, environment)])].sort();
}

/**
 * What the head asks for one model. Documents that only matter for starting or moving on (the strategy, the policy's gates) block just
 * that, and a model card that nobody can rely on leaves the rule, limits and segments that are published: reverting works whatever else is broken.
 */
export function resolveDesired(inGit: Head, question: Question): Resolved {
  const { background, environment, model, published } = question;
  const current = published.get(model) ?? null;
  const head = asPublished(inGit, current);
  const settings = head.workspace.environments.get(environment);
  const release = settings?.releases.get(model);
  if (!settings || !release) {
    const left = leftBehind(head, question);
    const unresolved = whyNothing(head, environment, model);
    return left === null ? { unresolved } : { desired: left, left: unresolved, idle: background.saidInVain };
  }
  const records = head.workspace.versions.get(model);
  const record = records?.get(release.version);
  if (!record) return withoutRecord(head, question, release.version);
  const named = packagesBeside(records, current);
  const card = cardOf(head, model);
  const serving = servingOf(card.whole, current);
  if (!serving) return { unresolved: `${modelPath(model)} cannot be relied on: ${card.problem}` };
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
      fallback: release.fallback ? named(release.fallback.version) : null,
      arms: (release.arms ?? []).flatMap((version) => named(version) ?? []),
      segments: segmentsOf(card, release, { current, named }),
      ...serving,
      confirmed: new Set(settings.confirmations.get(record.package.digest)?.stages ?? []),
      holds: holdsOf(head, environment, model),
      waits: [...(question.heldUp ?? []), ...waitsFor({ ...question, head, settings, release, record })],
      repromoted: background.repromoted.has(record.package.digest),
      emergencyEnded: background.emergencyEnded,
      wasLive: background.wasLive && !background.missingPackages.has(release.version),
    },
    idle: [...editedRecords(inGit, current), ...background.saidInVain],
  };
}

/** A version whose record nobody can read: what is published of other versions goes as if nothing were asked for. */
function withoutRecord(head: Head, question: Question, version: number): Resolved {
  const { environment, model, published } = question;
  const problem = `the record of version ${version} cannot be read${why(head, recordPath(model, version)) || why(head, releasePath(environment, model))}`;
  const runs = published.get(model)?.packages.some((one) => one.version === version) ?? false;
  const left = runs ? null : leaves(head, question);
  return left === null ? { unresolved: problem } : { desired: left, idle: question.background.saidInVain };
}

/** Of the versions beside the one that is asked for: what is published of one whose record is lost, because its traffic must not move by that. */
function packagesBeside(
  records: ReadonlyMap<number, VersionRecord> | undefined,
  current: RolloutManifest | null,
): (version: number) => ManifestPackage | null {
  return (version) => {
    const record = records?.get(version);
    return record ? packageOf(version, record) : current && packageIn(current, version);
  };
}

interface Card {
  /** Null while it, or something that it relies on, has an error: what it says now must not be published. */
  readonly whole: Model | null;
  /** As it last could be read; null: never. */
  readonly said: Model | null;
  readonly problem: string;
}

function cardOf(head: Head, model: string): Card {
  const [problem] = problemsOf(head, ['model', model]);
  const said = head.workspace.models.get(model) ?? null;
  return { said, whole: problem === undefined ? said : null, problem: problem ?? 'it is not there' };
}

/** The card's segments, with the versions that the release sends them to; while it has an error those that are published, as critical as it last said. */
function segmentsOf(
  { said, whole }: Card,
  release: Release,
  { current, named }: { readonly current: RolloutManifest | null; readonly named: ReturnType<typeof packagesBeside> },
): Desired['segments'] {
  const segments = said?.serving.segments ?? [];
  if (!whole && current) {
    const isNamed = (name: string): boolean => release.segments !== undefined && Object.hasOwn(release.segments, name);
    const isCritical = (name: string): boolean => segments.some((one) => one.name === name && one.critical);
    return publishedSegments(current).map(({ name, package: pin, where }) => ({
      ...{ name, where, critical: isCritical(name) },
      package: isNamed(name) ? pin : null,
    }));
  }
  return segments.map(({ critical, name, where }) => {
    const own = release.segments?.[name];
    return { name, where, critical, package: own ? named(own.version) : null };
  });
}

function servingOf(card: Model | null, current: RolloutManifest | null): Pick<Desired, 'rule' | 'limits'> | null {
  if (!card) return current && { rule: current.rule, limits: current.limits };
  const { costClass = null, priority, rule = null, timeout } = card.serving;
  return { rule, limits: { timeoutMs: parseDurationMs(timeout), priority, costClass } };
}

function whyNothing(head: Head, environment: string, model: string): string {
  const files = asking(head, environment, model);
  const broken = files.find((file) => problemIn(head, file) !== null);
  if (broken !== undefined) return `${broken} cannot be read: ${problemIn(head, broken)}`;
  return `${files[0]} is not there, which asks for nothing: to stop a model, remove its pods`;
}
