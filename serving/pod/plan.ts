import type { ManifestPackage, PodRefusal, RolloutManifest, UnusableVersion } from '@signalbox/contracts';

/** What a pod does about one model when it sees a manifest. Pure; the model host carries it out. */
export type ModelPlan =
  | { readonly kind: 'keep' }
  | { readonly kind: 'withdraw' }
  | {
      readonly kind: 'apply';
      readonly manifest: RolloutManifest;
      /** In the order to load them: what requests need first. */
      readonly load: readonly ManifestPackage[];
    };

export interface ModelState {
  /** The serial in use; null before the first. */
  readonly appliedSerial: number | null;
  /** The manifest that was rejected, or is served without a part of it, and when to look again; null: it is served whole. */
  readonly retry: { readonly serial: number; readonly atMs: number } | null;
  /** Digests of the packages that are loaded. */
  readonly loaded: ReadonlySet<string>;
}

/** `wanted` is null when the model is no longer published. What could not be taken whole is tried again only after its time. */
export function planModel(state: ModelState, wanted: RolloutManifest | null, wallMs: number): ModelPlan {
  const { appliedSerial, retry, loaded } = state;
  if (wanted === null) return appliedSerial === null ? { kind: 'keep' } : { kind: 'withdraw' };
  const isDone = retry?.serial === wanted.serial ? wallMs < retry.atMs : wanted.serial === appliedSerial;
  if (isDone) return { kind: 'keep' };
  const needed = inOrderOfNeed(wanted);
  return { kind: 'apply', manifest: wanted, load: needed.filter(({ digest }) => !loaded.has(digest)) };
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

function inOrderOfNeed(manifest: RolloutManifest): ManifestPackage[] {
  const routed = [...routedVersions(manifest)];
  const rank = ({ version }: ManifestPackage): number => {
    const at = routed.indexOf(version);
    return at < 0 ? routed.length : at;
  };
  return [...manifest.packages].sort((a, b) => rank(a) - rank(b));
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

export type Verdict =
  /** `unusable`: what stands beside the rollout, and it is served without. */
  | { readonly kind: 'take'; readonly unusable: readonly UnusableVersion[] }
  /** Serve the champion alone: there is nothing better, and a candidate that cannot be loaded must not cost the live answer, nor keep what was left. */
  | { readonly kind: 'champion-only'; readonly refusal: Refusal }
  | { readonly kind: 'reject'; readonly refusal: Refusal };

/**
 * A manifest is taken when what lives and what is tried is usable. Otherwise the last good one stays, as long as the new one lets all that it answers by
 * answer still; a pod that has no such serves the champion alone, and says that it rejected the manifest. What stands beside the rollout refuses nothing:
 * every later manifest names it too, so the pod would hear of no hold, rejection or emergency any more.
 */
export function judgeLoaded(
  manifest: RolloutManifest,
  problems: LoadProblems,
  lastGood: RolloutManifest | null,
): Verdict {
  const unusable = [...routedVersions(manifest)].flatMap((version) => {
    const problem = problems.get(version);
    return problem === undefined ? [] : [{ version, ...problem }];
  });
  const needed = new Set(rolledOut(manifest));
  const missing = unusable.filter(({ version }) => needed.has(version));
  if (missing.length === 0) return { kind: 'take', unusable };
  const refusal = {
    reason: inWords(missing),
    versions: missing.map(({ broken, version }) => ({ version, broken })),
  };
  return {
    kind: staysGood(lastGood, manifest) || problems.has(manifest.champion) ? 'reject' : 'champion-only',
    refusal,
  };
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

/** The manifest with every unit sent to the champion. */
export function championOnly(manifest: RolloutManifest): RolloutManifest {
  return { ...manifest, candidate: null, candidateBuckets: 0, arms: [], segments: [], shadow: null, fallback: null };
}
