import type { Hold, ManifestPackage, Metric, RolloutManifest, Strategy, Verdict } from '@signalbox/contracts';
import type { MetricReadings } from '../analysis/index.js';
import type { PodEvidence } from '../evidence.js';

/** What the head of the main branch asks for, of one model in one environment. */
export interface Desired {
  readonly environment: string;
  readonly model: string;
  readonly commit: string;
  readonly clock: 'wall' | 'replay';
  readonly minPods: number;
  readonly package: ManifestPackage;
  /** Nothing asks for the model: `package` is what is live, and ends no emergency. */
  readonly asksForNothing?: boolean;
  readonly strategy: { readonly name: string } & Omit<Strategy, 'description'>;
  /** The metrics that the strategy names, by name. */
  readonly metrics: ReadonlyMap<string, Metric>;
  readonly fallback: ManifestPackage | null;
  /** Other versions that compete in an experiment. */
  readonly arms: readonly ManifestPackage[];
  /** In order. `package`: what answers, whatever the rollout does; null: as the rest of the traffic. */
  readonly segments: readonly DesiredSegment[];
  readonly rule: string | null;
  readonly limits: RolloutManifest['limits'];
  /** Stages that a person has confirmed for this package. */
  readonly confirmed: ReadonlySet<string>;
  /** By package digest. */
  readonly holds: ReadonlyMap<string, Hold>;
  /**
   * Every reason why nothing new may start or move on now: a strategy that cannot be read, a freeze, a model that this one waits for. What is live stays,
   * and going back stays possible: neither a broken document nor a freeze may stand in the way of a revert.
   */
  readonly waits: readonly string[];
  /** A commit newer than the rejection of this package promotes it again. */
  readonly repromoted: boolean;
  /** A commit trailer `End-emergency: <environment>/<model>@<serial>` names the emergency that is published: what was signed by hand no longer stands. */
  readonly emergencyEnded: boolean;
  /** This package was live here, as the manifests that led to the published one say; looked up at least while what is live is held. */
  readonly wasLive: boolean;
}

export interface DesiredSegment {
  readonly name: string;
  readonly where: string;
  readonly critical: boolean;
  readonly package: ManifestPackage | null;
}

/** Everything that the decision may depend on; it reads nothing else. */
export interface ReconcileInput {
  readonly desired: Desired;
  /** The last published manifest; null before the first. */
  readonly current: RolloutManifest | null;
  readonly pods: readonly PodEvidence[];
  /** What was read of the metrics that the strategy asks for, under the published manifest; a metric that nobody read is no data. */
  readonly readings?: MetricReadings;
  /** The event clock, epoch microseconds; null while nothing has happened yet in a replay environment. */
  readonly eventNowUs: number | null;
}

export interface Decision {
  /** The manifest to publish, or null: the published one stays as it is. */
  readonly manifest: RolloutManifest | null;
  /** Why, in sentences without running numbers, so that an unchanged reason reads the same in every pass. */
  readonly reasons: readonly string[];
  /** What was measured, where something was. */
  readonly verdicts: readonly Verdict[];
}
