import { compileBundle, type Release } from '@signalbox/contracts';
import { nullIfUnreadable } from '../null-if-unreadable.js';
import { stagesOf } from '../reconcile/index.js';
import { goesAtOnce } from './outlook.js';
import type { PlanQuestion } from './release.js';

/** A version that a release names anew, and what happens until its feature views are filled. */
interface Named {
  readonly version: number;
  readonly until: string;
}

/**
 * What the online store must hold for the versions that a release names anew. Records say which definitions a version was trained on, and not which of their
 * views the store holds: filling leaves alone what is there. Pure.
 */
export function viewSentences(question: PlanQuestion, old: Release | undefined, release: Release): readonly string[] {
  const live = liveIn(question, old);
  const features = ({ version }: Pick<Named, 'version'>) => featuresOf(question, version);
  const filled = filledIn(question, live);
  if (filled === null) return [];
  const lacks = (one: Named) => features(one) !== undefined && !filled.has(features(one));
  const rollout = [...asked(question, { old, release, live }), ...newArms(old, release)].filter(lacks);
  const covered = new Set(rollout.map(features));
  const beside = newBeside(old, release).filter((one) => lacks(one) && !covered.has(features(one)));
  return [...rollout, ...beside].flatMap((one) => fillSentence(question, one, live));
}

/** Null: nothing is, as far as anybody knows. */
const liveIn = ({ first, outlook }: PlanQuestion, old: Release | undefined): number | null =>
  outlook?.published.champion ?? (first ? null : (old?.version ?? null));

const featuresOf = ({ after, model }: PlanQuestion, version: number): string | undefined =>
  after.versions.get(model)?.get(version)?.trainedOn.features;

/** The definitions whose views the store holds, as far as anybody knows; null: there is nothing to compare with. */
function filledIn(question: PlanQuestion, live: number | null): ReadonlySet<string | undefined> | null {
  if (question.outlook !== null) return question.outlook.servedFeatures;
  if (live === null) return new Set();
  const known = featuresOf(question, live);
  return known === undefined ? null : new Set([known]);
}

function asked(
  { after, outlook }: PlanQuestion,
  {
    live,
    old,
    release,
  }: { readonly old: Release | undefined; readonly release: Release; readonly live: number | null },
): readonly Named[] {
  const { strategy: name, version } = release;
  if (old?.version === version && old.strategy === name) return [];
  if (live === null) return [{ version, until: 'pods answer nothing for it, and those that start then are not ready' }];
  const strategy = after.strategies.get(name);
  const atOnce = outlook !== null && goesAtOnce(outlook, version);
  const waits = !atOnce && (strategy === undefined || stagesOf(strategy).length > 0);
  const until = waits
    ? 'it waits, and pods serve on without it'
    : 'pods refuse it and serve on what they have, and a pod that starts answers nothing';
  return [{ version, until }];
}

function newArms(old: Release | undefined, { arms = [] }: Release): readonly Named[] {
  const until = 'the experiment waits, and pods serve on without it';
  return arms.filter((version) => !old?.arms?.includes(version)).map((version) => ({ version, until }));
}

/** Pods take a manifest without a pin or fallback that they cannot use. */
function newBeside(old: Release | undefined, { fallback, segments = {} }: Release): readonly Named[] {
  const pins = Object.entries(segments)
    .filter(([name, { version }]) => old?.segments?.[name]?.version !== version)
    .map(([name, { version }]) => ({ version, instead: `the champion answers segment ${name}` }));
  const standby =
    fallback === undefined || fallback.version === old?.fallback?.version
      ? []
      : [{ version: fallback.version, instead: 'after the champion comes the rule' }];
  const all = [...pins, ...standby];
  return [...new Set(all.map(({ version }) => version))].map((version) => {
    const instead = all.flatMap((one) => (one.version === version ? [one.instead] : []));
    return { version, until: `pods serve without it: ${instead.join(', and ')}` };
  });
}

function fillSentence(question: PlanQuestion, { until, version }: Named, live: number | null): readonly string[] {
  const { environment, model } = question;
  const views = viewNames(question, version);
  if (views?.length === 0) return [];
  const needs =
    live === null
      ? `Pods serve version ${version} only with its feature views`
      : `The feature definitions of version ${version} are not those of version ${live}`;
  return [
    `${needs}: fill what the online store lacks of ${views?.join(' and ') ?? 'them'}, best before this is merged: \`signalbox materialize --env ${environment} --backfill ${model}@${version}\`. Until then ${until}.`,
  ];
}

/** Those that are to be filled, where the documents still define what the version was trained on; else null. */
function viewNames(question: PlanQuestion, version: number): readonly string[] | null {
  try {
    const { bundle, digest } = compileBundle(question.after, question.model);
    if (digest !== featuresOf(question, version)) return null;
    return bundle.views.flatMap(({ kind, name }) => (kind === 'aggregate' ? [name] : []));
  } catch (error) {
    return nullIfUnreadable(error);
  }
}
