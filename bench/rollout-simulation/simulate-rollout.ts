import { type RolloutManifest, type Strategy, US_PER_HOUR, US_PER_MINUTE } from '@signalbox/contracts';
import { mulberry32 } from '@signalbox/tools/statistics';
import { desiredOf } from '../../tests/support/rollout-fixtures.js';
import { type Desired, reconcile } from '../../tools/release/index.js';
import { type Behaviour, CHAMPION } from './behaviour.js';
import { SimulatedPod } from './simulated-pod.js';

/** Requests of one pod in a minute of event time. */
const REQUESTS_PER_MINUTE = 20;
/** The reconciler looks once a minute of event time, and pods have the manifest a minute later. */
const TICK_US = US_PER_MINUTE;
/** A rollout that has not ended by then waits still. */
const LONGEST_US = 8 * US_PER_HOUR;

export interface Simulation {
  readonly strategy: { readonly name: string } & Strategy;
  readonly candidate: Behaviour;
  readonly seed: number;
}

export interface Outcome {
  readonly end: 'live' | 'rejected' | 'waiting';
  /** Until the end, of both pods together. */
  readonly requests: number;
  /** Of those, how many users were answered by the candidate. */
  readonly exposed: number;
  readonly hours: number;
  /** How often the evidence was looked at while a stage was under way. */
  readonly looks: number;
}

/** One rollout, from the promotion of version 2 to its end: `reconcile` decides, as in production, over what simulated pods count. */
export function simulateRollout({ candidate, seed, strategy }: Simulation): Outcome {
  const next = mulberry32(seed);
  const behaviours = new Map([
    [1, CHAMPION],
    [2, candidate],
  ]);
  const pods = ['pod-1', 'pod-2'].map((name) => new SimulatedPod(name, behaviours, next));
  let manifest = first(strategy);
  const desired = desiredOf(2, { strategy });
  let [requests, exposed, looks] = [0, 0, 0];
  for (let nowUs = TICK_US; ; nowUs += TICK_US) {
    const { manifest: published } = reconcile({
      desired,
      current: manifest,
      pods: evidenceOf(pods),
      eventNowUs: nowUs,
    });
    manifest = published ?? manifest;
    const end = endOf(manifest, nowUs);
    if (end !== null) return { end, requests, exposed, looks, hours: nowUs / US_PER_HOUR };
    looks += 1;
    for (const pod of pods) pod.apply(manifest);
    for (let i = 0; i < pods.length * REQUESTS_PER_MINUTE; i++) {
      requests += 1;
      if (pods[i % pods.length]!.answer(`unit ${requests}`) === 2) exposed += 1;
    }
  }
}

/** Version 1 is live before version 2 is promoted. */
function first(strategy: Desired['strategy']): RolloutManifest {
  const { manifest } = reconcile({ desired: desiredOf(1, { strategy }), current: null, pods: [], eventNowUs: 0 });
  return manifest!;
}

const evidenceOf = (pods: readonly SimulatedPod[]) => pods.map((pod) => pod.evidence());

function endOf({ champion, rollout }: RolloutManifest, nowUs: number): Outcome['end'] | null {
  if (champion === 2) return 'live';
  if (rollout.phase === 'rejected') return 'rejected';
  return nowUs >= LONGEST_US ? 'waiting' : null;
}
