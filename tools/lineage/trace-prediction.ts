import { type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import type { PredictionIdParts } from '@signalbox/serving/telemetry';
import { findOutcomes, findPrediction } from '../evidence/index.js';
import type { EnvironmentAddress } from '../release/index.js';
import { parseAnswerId } from './answer-id.js';
import { buildGraph } from './build-graph.js';
import { asOfCommit, type LineageContext, openLineage } from './facts/context.js';
import type { LineageFacts, ManifestFacts, PredictionFacts, ReleaseFacts, VersionFacts } from './facts/facts.js';
import { gatherMade } from './facts/gather-made.js';
import { timeDoubts } from './facts/in-force.js';
import { manifestChain, type ProvenManifest } from './facts/manifests.js';
import { assertPodWrote } from './facts/pods.js';
import { type Releases, releaseFacts, releasesOf, statesAsking, withRelease } from './facts/releases.js';
import { versionAt } from './facts/versions.js';
import type { LineageGraph } from './graph.js';
import { predictionNodeId } from './nodes/node-ids.js';

/** Where one answer came from. */
export interface PredictionTrace {
  readonly prediction: PredictionFacts;
  readonly environment: string;
  /** The manifest that told the pod what to do; null when the store no longer has it. */
  readonly manifest: ManifestFacts | null;
  readonly version: VersionFacts;
  /** The release that made this version answer people; null when none ever asked for it. */
  readonly release: ReleaseFacts | null;
  /** The newest release of this version that somebody else than its author approved: a revert or a withdrawal asks nobody. */
  readonly approved: ReleaseFacts | null;
  /** All of it, from the data to the answer. */
  readonly graph: LineageGraph;
  /** The node of the answer, where a walk to its causes begins. */
  readonly start: string;
  /** What could not be made certain, a sentence each. */
  readonly doubts: readonly string[];
}

/**
 * Traces one answer from its id alone; its logged line, where the sample has it, adds the values. Git and the store are all that is read.
 * Errors: `input/bad-argument` for what is no id, `input/unknown-reference` for a model, version, serial or pod that never was
 * and for a time before the manifest was decided, those of `openEnvironment`.
 */
export async function tracePrediction(address: EnvironmentAddress, id: string): Promise<PredictionTrace> {
  return traceAnswer(await openLineage(address), id);
}

/** The same where Git and the store are open already. */
export async function traceAnswer(context: LineageContext, id: string): Promise<PredictionTrace> {
  const parts = parseAnswerId(id, context.wallNow());
  const { found: manifest, successor } = await manifestOf(context, parts);
  const asOf = await asOfCommit(context, manifest?.manifest.commit ?? context.head);
  const told = manifest?.manifest.packages.find(({ version }) => version === parts.version)?.digest ?? null;
  const version = await versionAt(context, asOf, { ...parts, package: told });
  await assertPodWrote(context, parts.pod);
  const releases = await releasesOf(context, parts.model);
  const unsure = await timeDoubts(context, parts, { manifest: manifest?.manifest ?? null, successor });
  const prediction = await predictionFacts(context, { ...parts, id, doubts: unsure }, version);
  const carried = manifest && withRelease(manifest, releases);
  const asked = await releasesOfVersion(context, releases, { parts, asOf, sure: manifest !== null });
  const release = asked[0] ?? null;
  const approved = asked.find(isApproved) ?? null;
  const facts: LineageFacts = {
    environment: context.environment,
    ...(await gatherMade(context, [version])),
    versions: [version],
    releases: await releasesNamed(context, parts.model, { releases, named: [release, approved], carried }),
    manifests: carried === null ? [] : [carried],
    prediction,
    answered: [],
    uncounted: [],
  };
  const graph = buildGraph(facts);
  const doubts = graph.nodes.flatMap(({ doubt, title }) => (doubt === null ? [] : [`${title}: ${doubt}`]));
  const { environment } = context;
  const start = predictionNodeId(id);
  return { prediction, environment, manifest: carried, version, release, approved, graph, start, doubts };
}

/** The manifest that an id names, null where the store no longer has it, and the one that took its place. */
interface NamedManifest {
  readonly found: ProvenManifest | null;
  readonly successor: RolloutManifest | null;
}

async function manifestOf(context: LineageContext, parts: PredictionIdParts): Promise<NamedManifest> {
  const { environment } = context;
  const { model, serial, version } = parts;
  let newest: number | null = null;
  let successor: RolloutManifest | null = null;
  for await (const found of manifestChain(context, model)) {
    newest ??= found.manifest.serial;
    if (found.manifest.serial > serial) {
      successor = found.manifest;
      continue;
    }
    if (found.manifest.serial < serial) break;
    const versions = found.manifest.packages.map((one) => one.version);
    if (versions.includes(version)) return { found, successor };
    throw unknown(`no pod could answer by version ${version} of ${model} under manifest ${serial} of ${environment}`, {
      hint: `That manifest has ${versions.map((one) => `version ${one}`).join(', ')}: the id is forged or misspelt.`,
    });
  }
  if (newest === null) {
    await versionAt(context, context.head, { ...parts, package: null });
    throw unknown(`nothing was ever published for ${model} in ${environment}`, {
      hint: 'Name another environment: --env',
    });
  }
  if (serial <= newest) return { found: null, successor: null };
  throw unknown(`manifest ${serial} of ${model} was never published to ${environment}; the newest is ${newest}`, {
    hint: 'The id is forged, of another environment (--env), or the store was set back.',
  });
}

function unknown(message: string, { hint }: { readonly hint: string }): SignalboxError {
  return new SignalboxError('input/unknown-reference', message, { hint });
}

async function predictionFacts(
  { environment, store }: LineageContext,
  {
    doubts: unsure,
    id,
    model,
    pod,
    serial,
    version,
    wallMs,
  }: PredictionIdParts & Pick<PredictionFacts, 'id' | 'doubts'>,
  { record }: VersionFacts,
): Promise<PredictionFacts> {
  const logged = await findPrediction(store, { environment, id, pod, wallMs });
  const outcomes = await findOutcomes(store, { environment, id, wallMs });
  const doubts = [...unsure];
  if (logged !== null && logged.package !== record.package.digest) {
    doubts.push(`its logged line names the package ${logged.package}, its version's record ${record.package.digest}`);
  }
  if (new Set(outcomes.map(({ outcome }) => Number(outcome))).size > 1) {
    doubts.push('its outcomes contradict each other, so none of them can be believed');
  }
  return { id, model, version, serial, pod, wallMs, logged, outcomes, doubts };
}

/** Every release of the version that answered, newest first. */
async function releasesOfVersion(
  context: LineageContext,
  releases: Releases,
  about: { readonly parts: PredictionIdParts; readonly asOf: string; readonly sure: boolean },
): Promise<readonly ReleaseFacts[]> {
  const { model, serial, version } = about.parts;
  const gone = `manifest ${serial} is not in the store any more, so this is the newest release of version ${version}, not for certain the one that it carried out`;
  const states = statesAsking(releases, version, about.asOf);
  return Promise.all(
    states.map((state, at) => {
      const doubt = about.sure || at > 0 ? null : gone;
      return releaseFacts(context, model, { path: releases.path, state, doubt });
    }),
  );
}

function isApproved({ change }: ReleaseFacts): boolean {
  return (change.pullRequest?.approvedBy.length ?? 0) > 0;
}

/** Releases of the version that answered, and the one that the manifest carried out, which may have been of its successor. */
async function releasesNamed(
  context: LineageContext,
  model: string,
  about: {
    readonly releases: Releases;
    readonly named: readonly (ReleaseFacts | null)[];
    readonly carried: ManifestFacts | null;
  },
): Promise<readonly ReleaseFacts[]> {
  const { carried, releases } = about;
  const named = [...new Set(about.named)].filter((one) => one !== null);
  const state = releases.states.find(({ commit }) => commit === carried?.release);
  if (state === undefined || named.some(({ change }) => change.commit === state.commit)) return named;
  return [...named, await releaseFacts(context, model, { path: releases.path, state, doubt: null })];
}
