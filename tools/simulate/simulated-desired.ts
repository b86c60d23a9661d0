import { digestBytes, type ManifestPackage, type Metric } from '@signalbox/contracts';
import { type Desired, stagesOf } from '../release/index.js';
import type { NamedStrategy } from './world.js';

/** A segment that a model card would call critical; who belongs to it is drawn by the pods. */
const CRITICAL_SEGMENT = { name: 'critical', where: 'true', critical: true, package: null };

/** What Git would ask for: one version of one model by one strategy. Stages that a person must confirm are confirmed. */
export function simulatedDesired(
  version: number,
  { metrics, strategy }: { strategy: NamedStrategy; metrics: ReadonlyMap<string, Metric> },
): Desired {
  return {
    environment: 'simulation',
    model: 'model',
    commit: '0'.repeat(40),
    clock: 'replay',
    minPods: 2,
    package: packageOf(version),
    strategy,
    metrics,
    fallback: null,
    arms: [],
    segments: strategy.analysis.segmentErrorRateMargin === undefined ? [] : [CRITICAL_SEGMENT],
    rule: null,
    limits: { timeoutMs: 150, priority: 'normal', costClass: null },
    confirmed: new Set(['live', ...stagesOf(strategy).map(({ id }) => id)]),
    holds: new Map(),
    waits: [],
    repromoted: false,
    emergencyEnded: false,
    wasLive: false,
  };
}

function packageOf(version: number): ManifestPackage {
  return { version, digest: digestBytes(`package ${version}`), sizeBytes: 1, features: digestBytes('features') };
}
