import type { RolloutManifest } from '../documents/rollout-manifest.js';
import type { Verdict } from '../verdicts/verdict.js';

/**
 * Why a manifest says what it says: object `decisions/<env>/<model>/<serial>-<digest>.json` of the artifact store, written before the manifest is
 * published. For people and reports: nothing is ever decided by it. The manifest in it is not signed here, but every published one is reached from the signed
 * one by the digests in `previous`.
 */
export interface RolloutDecision {
  readonly schema: 'signalbox/rollout-decision/1';
  readonly manifest: RolloutManifest;
  /** Wall clock, epoch milliseconds. */
  readonly decidedAtMs: number;
  /** The event clock, epoch microseconds; null while nothing had happened. */
  readonly eventNowUs: number | null;
  readonly reasons: readonly string[];
  readonly verdicts: readonly Verdict[];
}

/** `digest`: of the manifest in canonical form. */
export function decisionKey(
  { environment, model, serial }: Pick<RolloutManifest, 'environment' | 'model' | 'serial'>,
  digest: string,
): string {
  const name = `${String(serial).padStart(8, '0')}-${digest.replace('sha256:', '').slice(0, 16)}`;
  return `decisions/${environment}/${model}/${name}.json`;
}
