import {
  digestJson,
  type ManifestPackage,
  type RolloutManifest,
  type RolloutPhase,
  SignalboxError,
} from '@signalbox/contracts';
import type { Desired } from './input.js';

type Rejection = RolloutManifest['rollout']['rejected'][number];

/** A rollout's state with packages in place of version numbers, so that a missing package cannot be written down. */
export interface RolloutState {
  readonly phase: RolloutPhase;
  readonly step: number;
  readonly enteredAtUs: number;
  readonly champion: ManifestPackage;
  readonly previousChampion: ManifestPackage | null;
  readonly candidate: ManifestPackage | null;
  readonly candidateBuckets: number;
  /** 0: no copies. */
  readonly shadowBuckets: number;
  readonly salt: string;
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
    shadowBuckets: manifest.shadow?.buckets ?? 0,
    salt: manifest.salt,
    rejected: manifest.rollout.rejected,
  };
}

/** The manifest that says this state, one serial after `current`. */
export function manifestOf(state: RolloutState, desired: Desired, current: RolloutManifest | null): RolloutManifest {
  const { candidate, champion, previousChampion } = state;
  const shadowed = candidate !== null && state.shadowBuckets > 0;
  return {
    schema: 'signalbox/rollout-manifest/1',
    environment: desired.environment,
    model: desired.model,
    serial: (current?.serial ?? 0) + 1,
    previous: current === null ? null : digestJson(current),
    commit: desired.commit,
    clock: desired.clock,
    packages: distinct([champion, candidate, desired.fallback, previousChampion]),
    champion: champion.version,
    previousChampion: previousChampion?.version ?? null,
    candidate: candidate?.version ?? null,
    candidateBuckets: state.candidateBuckets,
    salt: state.salt,
    shadow: shadowed ? { version: candidate.version, buckets: state.shadowBuckets } : null,
    fallback: desired.fallback?.version ?? null,
    rule: desired.rule,
    limits: { timeoutMs: desired.timeoutMs },
    rollout: {
      phase: state.phase,
      step: state.step,
      enteredAt: state.enteredAtUs,
      desired: desired.package.digest,
      rejected: [...state.rejected],
    },
  };
}

function distinct(packages: readonly (ManifestPackage | null)[]): ManifestPackage[] {
  const byVersion = new Map<number, ManifestPackage>();
  for (const one of packages) if (one !== null && !byVersion.has(one.version)) byVersion.set(one.version, one);
  return [...byVersion.values()];
}

/** Whether two manifests ask pods for the same: serial, chain and commit say only how it came about. */
export function saysTheSame(a: RolloutManifest, b: RolloutManifest): boolean {
  const content = (manifest: RolloutManifest): string =>
    digestJson({ ...manifest, serial: 0, previous: null, commit: '' });
  return content(a) === content(b);
}
