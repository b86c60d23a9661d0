import { type RolloutManifest, US_PER_HOUR, US_PER_MINUTE, type Verdict } from '@signalbox/contracts';
import { type Decision, type Desired, reconcile } from '../release/index.js';
import { mulberry32 } from '../statistics/index.js';
import { CHAMPION, withEffect } from './behaviour.js';
import { populationOf } from './population.js';
import { simulatedDesired } from './simulated-desired.js';
import { SimulatedMetrics } from './simulated-metrics.js';
import { SimulatedPods } from './simulated-pods.js';
import type { NamedStrategy, Outcome, World } from './world.js';

/** The reconciler looks once a minute of event time; later, whenever a stage has grown by this share, because a look at hardly more evidence says hardly more. */
const LOOK_US = US_PER_MINUTE;
const GROWTH = 0.05;
/** Whoever has watched so long has seen that it does not end. */
const LONGEST_US = 60 * 24 * US_PER_HOUR;
/** Of all requests, those that belong to the critical segment. */
const SEGMENT_SHARE = 0.1;
/** The verdict that ends a stage which showed nothing in its time. */
const DEADLINE_ID = 'rollout/deadline';

const [CHAMPION_VERSION, CANDIDATE_VERSION] = [1, 2];

/** One rollout, from the promotion of version 2 to its end: the production `reconcile` decides over what simulated pods count. Nothing else decides. */
export function simulateRollout(strategy: NamedStrategy, world: World): Outcome {
  const next = mulberry32(world.seed);
  const candidate = withEffect(CHAMPION, world.effect);
  const behaviours = new Map([
    [CHAMPION_VERSION, CHAMPION],
    [CANDIDATE_VERSION, candidate],
  ]);
  const pods = new SimulatedPods(behaviours, { next, population: populationOf(next), segmentShare: SEGMENT_SHARE });
  const shifts = new Map([...behaviours].map(([version, { metricShift }]) => [version, metricShift]));
  const metrics = new SimulatedMetrics(strategy, { metrics: world.metrics, shifts, next });
  const desired = simulatedDesired(CANDIDATE_VERSION, { strategy, metrics: world.metrics });
  let manifest = firstManifest(strategy, world);
  let [nowUs, requests, exposed, looks] = [LOOK_US, 0, 0, 0];
  for (;;) {
    const decision = look({ desired, manifest, metrics, nowUs, pods });
    if (decision.manifest !== null) {
      manifest = decision.manifest;
      metrics.clear();
    }
    const end = endOf(manifest, decision, nowUs);
    if (end !== null) return { ...end, requests, exposed, looks, hours: nowUs / US_PER_HOUR };
    looks += 1;
    pods.apply(manifest);
    const until = nowUs + Math.max(LOOK_US, GROWTH * (nowUs - manifest.rollout.enteredAt));
    // Counted from the beginning, so that no fraction of a request is lost between looks.
    const due = Math.floor((until / US_PER_HOUR) * world.requestsPerHour);
    for (; requests < due; requests++) {
      const version = pods.answer(requests);
      metrics.answered(version);
      if (version === CANDIDATE_VERSION) exposed += 1;
    }
    nowUs = until;
  }
}

/** Version 1 is live before version 2 is promoted. */
function firstManifest(strategy: NamedStrategy, { metrics }: World): RolloutManifest {
  const desired = simulatedDesired(CHAMPION_VERSION, { strategy, metrics });
  return reconcile({ desired, current: null, pods: [], eventNowUs: 0 }).manifest!;
}

interface Seen {
  readonly desired: Desired;
  readonly manifest: RolloutManifest;
  readonly metrics: SimulatedMetrics;
  readonly nowUs: number;
  readonly pods: SimulatedPods;
}

function look({ desired, manifest, metrics, nowUs, pods }: Seen): Decision {
  const readings = metrics.readings();
  return reconcile({ desired, current: manifest, pods: pods.evidence(), readings, eventNowUs: nowUs });
}

function endOf(
  { champion, rollout }: RolloutManifest,
  { verdicts }: Decision,
  nowUs: number,
): Pick<Outcome, 'end' | 'by'> | null {
  if (champion === CANDIDATE_VERSION) return { end: 'live', by: null };
  if (rollout.phase === 'rejected') return rejectedBy(verdicts);
  return nowUs >= LONGEST_US ? { end: 'waiting', by: null } : null;
}

/** What was measured comes before the mere end of time: who is shown to be worse at the very end is rejected for that. */
function rejectedBy(verdicts: readonly Verdict[]): Pick<Outcome, 'end' | 'by'> {
  const failed = verdicts.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id);
  const shown = failed.find((id) => id !== DEADLINE_ID);
  return shown === undefined ? { end: 'undecided', by: DEADLINE_ID } : { end: 'rejected', by: shown };
}
