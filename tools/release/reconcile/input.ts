import type { Hold, ManifestPackage, RolloutManifest, Strategy, Verdict } from '@signalbox/contracts';
import type { PodEvidence } from '../evidence.js';

/** What the head of the main branch asks for, of one model in one environment. */
export interface Desired {
  readonly environment: string;
  readonly model: string;
  readonly commit: string;
  readonly clock: 'wall' | 'replay';
  readonly minPods: number;
  readonly package: ManifestPackage;
  readonly strategy: { readonly name: string } & Pick<Strategy, 'shadow' | 'canary' | 'analysis'>;
  readonly fallback: ManifestPackage | null;
  readonly rule: string | null;
  readonly timeoutMs: number;
  /** By package digest. */
  readonly holds: ReadonlyMap<string, Hold>;
  /**
   * Why nothing new may start or move on, such as a strategy that cannot be read; null when all is well. What is live stays, and
   * going back stays possible: a broken document must never stand in the way of a revert.
   */
  readonly blocked: string | null;
  /** A commit newer than the rejection of this package promotes it again. */
  readonly repromoted: boolean;
}

/** Everything that the decision may depend on; it reads nothing else. */
export interface ReconcileInput {
  readonly desired: Desired;
  /** The last published manifest; null before the first. */
  readonly current: RolloutManifest | null;
  readonly pods: readonly PodEvidence[];
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
