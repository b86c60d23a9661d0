import type { ManifestPackage, PodRefusal, RolloutManifest, UnusableVersion } from '@signalbox/contracts';

/** What a pod does about one model when it sees a manifest. Pure; the model host carries it out. */
export type ModelPlan = 'keep' | 'withdraw' | 'apply';

export interface ModelState {
  /** Whether anything answers: by the manifest in use, or by what is left of one that was rejected. */
  readonly serves: boolean;
  /** The serial in use; null before the first. */
  readonly appliedSerial: number | null;
  /** The manifest that was rejected, or is served without a part of it, and when to look again; null: it is served whole. */
  readonly retry: { readonly serial: number; readonly atMs: number } | null;
}

/** `wanted` is null when the model is no longer published. What could not be taken whole is tried again only after its time. */
export function planModel(state: ModelState, wanted: RolloutManifest | null, wallMs: number): ModelPlan {
  const { appliedSerial, retry, serves } = state;
  if (wanted === null) return serves ? 'withdraw' : 'keep';
  const isDone = retry?.serial === wanted.serial ? wallMs < retry.atMs : wanted.serial === appliedSerial;
  return isDone ? 'keep' : 'apply';
}

/** Versions that answer or may have to answer; the others are only kept warm. */
export function routedVersions(manifest: RolloutManifest): ReadonlySet<number> {
  const { segments, fallback, shadow } = manifest;
  const beside = [...segments.map(({ version }) => version), fallback, shadow?.version ?? null];
  return new Set([...rolledOut(manifest), ...beside].filter((version) => version !== null));
}

/** What lives and what is tried. A shadow is one of these. */
function rolledOut({ champion, candidate, arms }: RolloutManifest): readonly (number | null)[] {
  return [champion, candidate, ...arms.map(({ version }) => version)];
}

/** The packages of a manifest that are not loaded, in the order to load them: what requests need first. */
export function toLoad(manifest: RolloutManifest, loaded: { has(digest: string): boolean }): ManifestPackage[] {
  const routed = [...routedVersions(manifest)];
  const rank = ({ version }: ManifestPackage): number => {
    const at = routed.indexOf(version);
    return at < 0 ? routed.length : at;
  };
  return manifest.packages.filter(({ digest }) => !loaded.has(digest)).sort((a, b) => rank(a) - rank(b));
}

/** The loaded packages that no manifest in use, draining or wanted names: N-1 stays as long as the manifest lists it. */
export function unneeded(loaded: Iterable<string>, manifests: readonly (RolloutManifest | null)[]): string[] {
  const needed = new Set(manifests.flatMap((manifest) => manifest?.packages.map(({ digest }) => digest) ?? []));
  return [...loaded].filter((digest) => !needed.has(digest));
}

export interface LoadProblem {
  readonly reason: string;
  /** The package itself does not work; otherwise something else is missing, and may come. */
  readonly broken: boolean;
}

/** What came of loading the packages of a manifest: why each that is not usable is not. */
export type LoadProblems = ReadonlyMap<number, LoadProblem>;

/** Why a manifest is not taken, and which versions that is about. */
export type Refusal = Pick<PodRefusal, 'reason' | 'versions'>;

export interface Verdict {
  /** The manifest; where what it tries cannot be tried, what stands without that; null: nothing, because its champion cannot answer. */
  readonly serves: RolloutManifest | null;
  /** Null: it is taken. */
  readonly refusal: Refusal | null;
}

/**
 * A manifest is taken when what lives and what is tried is usable. A refusal is about the rollout alone: whatever else the manifest says is served, so that
 * each hold, rejection, emergency and edit reaches a pod, for however long a candidate waits. What stands beside the rollout refuses nothing.
 */
export function judgeLoaded(manifest: RolloutManifest, problems: LoadProblems): Verdict {
  const missing = unusableOf(rolledOut(manifest), problems);
  if (missing.length === 0) return { serves: manifest, refusal: null };
  const versions = missing.map(({ broken, version }) => ({ version, broken }));
  return {
    serves: problems.has(manifest.champion) ? null : withoutRollout(manifest),
    refusal: { reason: inWords(missing), versions },
  };
}

/** What stands beside the rollout of a manifest that is served, and cannot be used. */
export function leftOut(manifest: RolloutManifest, problems: LoadProblems): readonly UnusableVersion[] {
  const needed = rolledOut(manifest);
  return unusableOf(
    [...routedVersions(manifest)].filter((version) => !needed.includes(version)),
    problems,
  );
}

function unusableOf(versions: Iterable<number | null>, problems: LoadProblems): readonly UnusableVersion[] {
  return [...new Set(versions)].flatMap((version) => {
    const problem = version === null ? undefined : problems.get(version);
    return problem === undefined ? [] : [{ version: version!, ...problem }];
  });
}

/** Whether the champion is the same, and whatever else gets requests is among the packages of the new manifest too. */
export function staysGood(lastGood: RolloutManifest | null, next: RolloutManifest): boolean {
  if (lastGood === null || digestIn(lastGood, lastGood.champion) !== digestIn(next, next.champion)) return false;
  const { arms, candidate, candidateBuckets, fallback, segments } = lastGood;
  const asked = [
    candidateBuckets > 0 ? candidate : null,
    fallback,
    ...[...arms, ...segments].map(({ version }) => version),
  ];
  const listed = new Set(next.packages.map(({ digest }) => digest));
  return asked.every((version) => version === null || listed.has(digestIn(lastGood, version)!));
}

const digestIn = ({ packages }: RolloutManifest, named: number): string | undefined =>
  packages.find(({ version }) => version === named)?.digest;

export function inWords(unusable: readonly UnusableVersion[]): string {
  return unusable.map(({ reason, version }) => `version ${version}: ${reason}`).join('; ');
}

/** The manifest with every unit of the rollout sent to the champion. Segments and the fallback stand. */
export function withoutRollout(manifest: RolloutManifest): RolloutManifest {
  return { ...manifest, candidate: null, candidateBuckets: 0, arms: [], shadow: null };
}

/** Without anything that has to be compiled, and so without what that would lead to. */
export function championAlone(manifest: RolloutManifest): RolloutManifest {
  return { ...withoutRollout(manifest), segments: [], fallback: null, rule: null };
}
