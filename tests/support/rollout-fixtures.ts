import {
  digestBytes,
  type EvidenceCell,
  latencyBin,
  type ManifestPackage,
  type Metric,
  type RolloutManifest,
  UNIT_GROUPS,
} from '@signalbox/contracts';
import type { MetricReading, MetricReadings } from '../../tools/release/analysis/index.js';
import type { PodEvidence } from '../../tools/release/index.js';
import type { Desired } from '../../tools/release/reconcile/index.js';
import { reconcile } from '../../tools/release/reconcile/index.js';

/** Small worlds for tests and for the generated table of states: four packages, and a strategy of each kind. */
export const HOUR_US = 3_600_000_000;

export function packageOf(version: number): ManifestPackage {
  const digest = digestBytes(`package ${version}`);
  return { version, digest, sizeBytes: 1000 + version, features: digestBytes(`features ${version}`) };
}

export const STEPS: Desired['strategy'] = {
  name: 'careful',
  shadow: { share: 0.1, minDuration: '1h', minSample: 50 },
  canary: {
    steps: [
      { weight: 0.1, minDuration: '1h', minSample: 100 },
      { weight: 0.5, minDuration: '2h', minSample: 200 },
    ],
  },
  stageDeadline: '7d',
  analysis: { errorRateMargin: 0.05, confidence: 0.95, metrics: [] },
};

/** Three arms of equal size, so that equal counts are a split as it is meant. */
export const CONTEST: Desired['strategy'] = {
  name: 'contest',
  experiment: {
    ...{ share: 0.3333, metric: 'booked', minEffect: 0.01 },
    ...{ minDuration: '1h', maxDuration: '14d', minSample: 100 },
  },
  stageDeadline: '7d',
  analysis: STEPS.analysis,
};

export const SWITCH: Desired['strategy'] = {
  name: 'switch',
  blueGreen: { mirror: 0.25, minDuration: '1h', minSample: 100 },
  stageDeadline: '7d',
  analysis: STEPS.analysis,
};

const BOOKED: Metric = {
  kind: 'command',
  description: 'Booked.',
  better: 'higher',
  command: ['booked'],
  timeout: '10s',
};

/** What a metric said of versions 1 to 4: a tenth succeeds, of the `best` one a third. */
export function readingsOf(best: number): MetricReadings {
  const of = (version: number): MetricReading => ({
    kind: 'rate',
    successes: version === best ? 1600 : 500,
    total: 5000,
  });
  return new Map([1, 2, 3, 4].map((version) => [version, new Map([['booked', of(version)]])]));
}

export function desiredOf(version: number, change: Partial<Desired> = {}): Desired {
  return {
    environment: 'prod',
    model: 'm',
    commit: '1'.repeat(40),
    clock: 'replay',
    minPods: 2,
    package: packageOf(version),
    strategy: STEPS,
    fallback: null,
    rule: null,
    metrics: new Map([['booked', BOOKED]]),
    arms: [],
    segments: [],
    limits: { timeoutMs: 150, priority: 'normal', costClass: null },
    confirmed: new Set(),
    holds: new Map(),
    waits: [],
    repromoted: false,
    emergencyEnded: false,
    wasLive: false,
    ...change,
  };
}

/** What a version did, in whatever route it is asked for. */
export interface Counts {
  readonly requests: number;
  readonly failed: number;
}

export function countsOf(requests: number, failed = 0): Counts {
  return { requests, failed };
}

export function cellOf(
  version: number,
  about: { readonly route: EvidenceCell['route']; readonly serial: number },
  { failed, requests }: Counts,
): EvidenceCell {
  return {
    ...{ model: 'm', version, package: packageOf(version).digest, ...about, segment: null, windowUs: 0 },
    ...{ asked: requests, units: groupsOf(requests), failed: failed === 0 ? {} : { error: failed }, degraded: 0 },
    ...{ latency: requests === 0 ? [] : [[latencyBin(5), requests] as const], score: [], features: [], paired: null },
  };
}

/** As many units in each group as there can be. */
function groupsOf(requests: number): readonly number[] {
  return Array.from({ length: UNIT_GROUPS }, (_, group) => Math.floor((requests + group) / UNIT_GROUPS));
}

/** Two pods that applied `serial` and between them saw these requests of each version, in every route. */
export function podsAt(serial: number, counts: Readonly<Record<number, Counts>>): readonly PodEvidence[] {
  const pod = { fresh: true, frozen: false, appliedSerial: serial, rejected: null, breaker: null, problem: null };
  return [
    { ...pod, pod: 'pod-1', cells: cellsAt(serial, counts) },
    { ...pod, pod: 'pod-2', cells: [] },
  ];
}

const ROUTES = ['champion', 'candidate', 'shadow'] as const;

export function cellsAt(serial: number, counts: Readonly<Record<number, Counts>>): readonly EvidenceCell[] {
  return Object.entries(counts).flatMap(([version, each]) =>
    ROUTES.map((route) => cellOf(Number(version), { route, serial }, each)),
  );
}

/** What is published after the passes that good evidence brings, stopping where `until` says. */
export function publishedWhere(
  desired: readonly Desired[],
  until: (manifest: RolloutManifest) => boolean = () => false,
): RolloutManifest {
  let current: RolloutManifest | null = null;
  let eventNowUs = 0;
  for (const one of desired) {
    for (;;) {
      const good = { 1: countsOf(5000), 2: countsOf(5000), 3: countsOf(5000), 4: countsOf(5000) };
      eventNowUs += 24 * HOUR_US;
      const readings = readingsOf(one.package.version);
      const input = { desired: one, current, pods: podsAt(current?.serial ?? 0, good), readings, eventNowUs };
      const { manifest } = reconcile(input);
      if (manifest === null) break;
      current = manifest;
      if (until(current)) return current;
    }
  }
  return current!;
}
