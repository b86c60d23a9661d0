import { isDeepStrictEqual } from 'node:util';
import {
  digestJson,
  type ManifestPackage,
  type RolloutManifest,
  type RolloutPhase,
  SignalboxError,
} from '@signalbox/contracts';
import type { Desired } from './input.js';

type Rejection = RolloutManifest['rollout']['rejected'][number];

/** A package that gets this many buckets of the units. */
export interface PackageShare {
  readonly package: ManifestPackage;
  readonly buckets: number;
}

/** A rollout's state with packages in place of version numbers, so that a missing package cannot be written down. */
export interface RolloutState {
  readonly phase: RolloutPhase;
  readonly step: number;
  readonly enteredAtUs: number;
  readonly champion: ManifestPackage;
  readonly previousChampion: ManifestPackage | null;
  readonly candidate: ManifestPackage | null;
  readonly candidateBuckets: number;
  /** Other arms of an experiment, in the order of their buckets. */
  readonly arms: readonly PackageShare[];
  /** Who gets copies: the candidate in shadow, the champion after a switch. */
  readonly shadow: PackageShare | null;
  readonly salt: string;
  readonly emergency: RolloutManifest['rollout']['emergency'];
  readonly rejected: readonly Rejection[];
}

export function stateOf(manifest: RolloutManifest): RolloutState {
  const find = (version: number): ManifestPackage => {
    const found = manifest.packages.find((one) => one.version === version);
    if (found) return found;
    throw new SignalboxError(
      'internal/bug',
      `manifest ${manifest.serial} of ${manifest.model} lacks package ${version}`,
    );
  };
  return {
    phase: manifest.rollout.phase,
    step: manifest.rollout.step,
    enteredAtUs: manifest.rollout.enteredAt,
    champion: find(manifest.champion),
    previousChampion: manifest.previousChampion === null ? null : find(manifest.previousChampion),
    candidate: manifest.candidate === null ? null : find(manifest.candidate),
    candidateBuckets: manifest.candidateBuckets,
    arms: manifest.arms.map(({ buckets, version }) => ({ package: find(version), buckets })),
    shadow: manifest.shadow && { package: find(manifest.shadow.version), buckets: manifest.shadow.buckets },
    salt: manifest.salt,
    emergency: manifest.rollout.emergency,
    rejected: manifest.rollout.rejected,
  };
}

/** What a manifest says beside the state of the rollout. */
export type Carried = Pick<
  Desired,
  'environment' | 'model' | 'commit' | 'clock' | 'fallback' | 'segments' | 'rule' | 'limits'
> & { readonly desiredDigest: string | null };

/** The manifest that says this state, one serial after `current`. */
export function manifestOf(state: RolloutState, carried: Carried, current: RolloutManifest | null): RolloutManifest {
  const { clock, commit, environment, fallback, limits, model, rule, segments } = carried;
  return {
    ...{ schema: 'signalbox/rollout-manifest/2', environment, model, commit, clock },
    serial: (current?.serial ?? 0) + 1,
    previous: current === null ? null : digestJson(current),
    packages: packagesOf(state, carried),
    champion: state.champion.version,
    previousChampion: state.previousChampion?.version ?? null,
    candidate: state.candidate?.version ?? null,
    candidateBuckets: state.candidateBuckets,
    arms: state.arms.map(({ buckets, package: { version } }) => ({ version, buckets })),
    segments: segments.map(({ name, package: own, where }) => ({ name, where, version: own?.version ?? null })),
    salt: state.salt,
    shadow: state.shadow && { version: state.shadow.package.version, buckets: state.shadow.buckets },
    ...{ fallback: fallback?.version ?? null, rule, limits },
    rollout: {
      phase: state.phase,
      step: state.step,
      enteredAt: state.enteredAtUs,
      desired: carried.desiredDigest,
      emergency: state.emergency,
      rejected: [...state.rejected],
    },
  };
}

type Named = Pick<ManifestPackage, 'digest' | 'version'>;

export const isSamePackage = (a: Named, b: Named): boolean => a.version === b.version && a.digest === b.digest;

/** One number of two packages, or one package by two numbers. */
export const isClash = (a: Named, b: Named): boolean => (a.version === b.version) !== (a.digest === b.digest);

/** What pods load: everything that may answer, and what was live before. */
function packagesOf(
  { arms, candidate, champion, previousChampion }: RolloutState,
  { fallback, segments }: Carried,
): ManifestPackage[] {
  const besides = [...arms, ...segments].map((one) => one.package);
  return distinct([champion, candidate, ...besides, fallback, previousChampion]);
}

function distinct(packages: readonly (ManifestPackage | null)[]): ManifestPackage[] {
  const byVersion = new Map<number, ManifestPackage>();
  for (const one of packages) if (one !== null && !byVersion.has(one.version)) byVersion.set(one.version, one);
  return [...byVersion.values()];
}

/** Whether two manifests ask pods for the same: serial, chain and commit say only how it came about, and the order of packages says nothing. */
export function saysTheSame(a: RolloutManifest, b: RolloutManifest): boolean {
  const content = (manifest: RolloutManifest) => {
    const packages = [...manifest.packages].sort((one, other) => one.version - other.version);
    return { ...manifest, packages, serial: 0, previous: null, commit: '' };
  };
  return isDeepStrictEqual(content(a), content(b));
}
