import { BUCKETS, digestBytes, digestJson, type ManifestPackage, type RolloutManifest } from '@signalbox/contracts';
import fc from 'fast-check';
import { planEmergency } from '../../tools/release/emergency/plan-emergency.js';
import type { PodEvidence } from '../../tools/release/index.js';
import type { Decision, Desired, ReconcileInput } from '../../tools/release/reconcile/index.js';
import { reconcile } from '../../tools/release/reconcile/index.js';
import {
  CONTEST,
  type Counts,
  cellsAt,
  countsOf,
  desiredOf,
  HOUR_US,
  packageOf,
  podsAt,
  readingsOf,
  STEPS,
  SWITCH,
} from './rollout-fixtures.js';

const { analysis } = STEPS;
const deadline = { stageDeadline: '7d', analysis };

export const STRATEGIES: readonly Desired['strategy'][] = [
  STEPS,
  { name: 'direct', ...deadline },
  { name: 'canary', canary: STEPS.canary!, ...deadline },
  { name: 'flat', canary: { steps: [{ weight: 0.3, minDuration: '0s', minSample: 1 }] }, ...deadline },
  { ...CONTEST, experiment: { ...CONTEST.experiment!, share: 0.2 } },
  { ...CONTEST, name: 'whole', shadow: STEPS.shadow!, canary: STEPS.canary! },
  SWITCH,
  { ...STEPS, name: 'asked', confirm: ['canary-1', 'live'], stageDeadline: '9h' },
  { ...SWITCH, name: 'asked-switch', shadow: STEPS.shadow!, confirm: ['shadow', 'blue-green'] },
];

const version = fc.integer({ min: 1, max: 4 });
const counts = fc
  .tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 40 }))
  .map(([requests, failed]) => countsOf(requests, Math.min(requests, failed)));

/** How pods stand to whatever is published when the pass runs. `split`: they count what the manifest means, and nothing fails. */
const podBehaviour = fc.record({
  lag: fc.constantFrom(0, 0, 0, 1),
  fresh: fc.constantFrom(true, true, false),
  frozen: fc.constantFrom(false, false, true),
  refuses: fc.oneof(
    { weight: 3, arbitrary: fc.constant(null) },
    { weight: 1, arbitrary: fc.array(fc.record({ version, broken: fc.boolean() }), { maxLength: 2 }) },
  ),
  partial: fc.constantFrom(false, false, false, true),
  breaker: fc.option(version, { freq: 6 }),
  split: fc.boolean(),
  counts: fc.dictionary(fc.constantFrom('1', '2', '3', '4'), counts),
});
type PodBehaviour = typeof podBehaviour extends fc.Arbitrary<infer T> ? T : never;

const WELL: PodBehaviour = {
  ...{ lag: 0, fresh: true, frozen: false, refuses: null, partial: false, breaker: null, split: true, counts: {} },
};

const pin = fc.option(version, { freq: 2 });
const desire = fc.record({
  kind: fc.constant('desire' as const),
  version,
  strategy: fc.nat(STRATEGIES.length - 1),
  fallback: fc.option(version),
  arms: fc.uniqueArray(version, { maxLength: 2 }),
  pins: fc.record({ atl: pin, ord: pin }),
});
const pods = (arbitrary: fc.Arbitrary<readonly PodBehaviour[]>) =>
  fc.record({ kind: fc.constant('pods' as const), pods: arbitrary, best: version });

/** Weighted so that rollouts come far: what is rare is what goes wrong. */
const event = fc.oneof(
  { weight: 16, arbitrary: fc.constant({ kind: 'pass' as const }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('time' as const), hours: fc.constantFrom<number[]>(0, 1, 2, 5, 5, 400) }),
  },
  { weight: 6, arbitrary: pods(fc.constant([WELL, WELL])) },
  { weight: 3, arbitrary: pods(fc.array(podBehaviour, { maxLength: 3 })) },
  { weight: 2, arbitrary: desire },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('confirm' as const),
      stages: fc.subarray(['shadow', 'canary-1', 'blue-green', 'live']),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('repromote' as const), version }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('hold' as const), version, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('edit' as const), version, says: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('emergency' as const), to: version }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'end-emergency' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'killed-pass' as const }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('stale-pass' as const), behind: fc.integer({ min: 1, max: 3 }) }),
  },
);
export type WorldEvent = typeof event extends fc.Arbitrary<infer T> ? T : never;

/** Version 1 is live and pods are well when another version is asked for; then anything comes. */
export const worldEvents = fc
  .tuple(desire, fc.array(event, { minLength: 5, maxLength: 40, size: 'max' }))
  .map(([first, rest]): readonly WorldEvent[] => [
    { kind: 'time', hours: 1 },
    { kind: 'pass' },
    { kind: 'pods', pods: [WELL, WELL], best: first.version },
    first,
    ...rest,
  ]);
export const worldVersion = version;

/** The world around the function: Git, pods, the clock, people with an offline key, and a store that publishes by compare-and-swap. */
export class World {
  readonly published: RolloutManifest[] = [];
  commit = 1;
  eventNowUs: number | null = null;
  best = 1;
  waits: readonly string[] = [];
  confirmed: ReadonlySet<string> = new Set();
  endedSerial = 0;
  wanted: Pick<Desired, 'strategy' | 'fallback' | 'arms' | 'segments'> & { readonly version: number } = {
    ...{ version: 1, strategy: STRATEGIES[0]!, fallback: null, arms: [], segments: [] },
  };
  readonly holds = new Map<string, { model: string; reason: string; since: string; by: string }>();
  /** By version, of records that were edited: how. */
  edits: ReadonlyMap<number, number> = new Map();
  readonly promotedAgain: { readonly digest: string; readonly commit: number }[] = [];
  pods: readonly PodBehaviour[] = [];

  fork(): World {
    const { holds, promotedAgain, published, ...rest } = this;
    const copy = Object.assign(new World(), rest);
    copy.published.push(...published);
    copy.promotedAgain.push(...promotedAgain);
    for (const [digest, hold] of holds) copy.holds.set(digest, hold);
    return copy;
  }

  current(behind = 0): RolloutManifest | null {
    return this.published.at(-1 - behind) ?? null;
  }

  input(current = this.current()): ReconcileInput & { readonly current: RolloutManifest | null } {
    const { version: asked, ...wanted } = this.wanted;
    const { digest } = packageOf(asked);
    const rejection = current?.rollout.rejected.find((one) => one.digest === digest);
    const repromoted =
      rejection !== undefined &&
      this.promotedAgain.some((one) => one.digest === digest && one.commit > Number.parseInt(rejection.commit, 16));
    const { fallback } = wanted;
    const named = (one: ManifestPackage): ManifestPackage =>
      current?.packages.find(({ version }) => version === one.version) ?? this.recorded(one);
    const all = [packageOf(asked), fallback, ...wanted.arms, ...wanted.segments.map((one) => one.package)];
    const isReused = all.some((one) => one !== null && named(one).digest !== one.digest);
    const desired = desiredOf(asked, {
      ...{ ...wanted, package: named(packageOf(asked)) },
      fallback: fallback && named(fallback),
      arms: wanted.arms.map(named),
      segments: wanted.segments.map((one) => ({ ...one, package: one.package && named(one.package) })),
      commit: this.commit.toString(16).padStart(40, '0'),
      confirmed: this.confirmed,
      waits: [...this.waits, ...(isReused ? ['a number is never used twice'] : [])],
      holds: new Map(this.holds),
      repromoted,
      emergencyEnded: current?.serial === this.endedSerial,
    });
    return { desired, current, pods: this.evidence(), readings: readingsOf(this.best), eventNowUs: this.eventNowUs };
  }

  /** As its record says now: other features, another package, or another version's. What is published of a version stands whatever it says. */
  private recorded(named: ManifestPackage): ManifestPackage {
    const { version: own } = named;
    const { digest } = packageOf((own % 4) + 1);
    const edited = [{}, { features: digestBytes('edited') }, { digest: digestBytes(`edited ${own}`) }, { digest }];
    return { ...named, ...edited[this.edits.get(own) ?? 0] };
  }

  private evidence(): readonly PodEvidence[] {
    const current = this.current();
    const serial = current?.serial ?? 0;
    return this.pods.map(({ breaker, counts: said, fresh, frozen, lag, partial, refuses, split }, i) => ({
      ...{ pod: `pod-${i}`, fresh, frozen, appliedSerial: refuses ? serial - 1 : serial - lag },
      breaker: breaker === null ? null : { version: breaker, serial, sinceMs: 0, reason: '5 failures in a row' },
      rejected: refuses && { serial, reason: 'it does not load', versions: refuses },
      problem: partial ? 'segment 2 is missing' : null,
      cells: cellsAt(serial - lag, split && current !== null ? countsAsMeant(current) : said),
    }));
  }

  /** As the publisher does it: a decision made on something else than the newest manifest is refused. */
  publish({ manifest }: Pick<Decision, 'manifest'>): boolean {
    if (manifest === null) return false;
    const newest = this.current();
    if (manifest.previous !== (newest === null ? null : digestJson(newest))) return false;
    this.published.push(manifest);
    return true;
  }

  apply(one: WorldEvent): void {
    const current = this.current();
    if (one.kind === 'time') this.eventNowUs = (this.eventNowUs ?? 0) + one.hours * HOUR_US;
    else if (one.kind === 'pods') [this.pods, this.best] = [one.pods, one.best];
    else if (one.kind === 'wait') this.waits = one.on ? ['the environment is frozen'] : [];
    else if (one.kind === 'edit') this.edits = new Map([...this.edits, [one.version, one.says]]);
    else if (one.kind === 'confirm') this.confirmed = new Set(one.stages);
    else if (one.kind === 'end-emergency') this.endedSerial = current?.serial ?? 0;
    else if (one.kind === 'emergency') this.signByHand(current, one.to);
    else if (one.kind === 'desire' || one.kind === 'repromote' || one.kind === 'hold') this.change(one);
  }

  private signByHand(current: RolloutManifest | null, to: number): void {
    if (current === null) return;
    const plan = planEmergency(current, { to, by: 'Ada', reason: 'the forge is down', atMs: 0 });
    if ('manifest' in plan) this.publish(plan);
  }

  private change(one: Extract<WorldEvent, { kind: 'desire' | 'repromote' | 'hold' }>): void {
    this.commit += 1;
    const { digest } = packageOf(one.version);
    if (one.kind === 'desire') {
      const { arms, fallback, pins } = one;
      this.wanted = {
        version: one.version,
        strategy: STRATEGIES[one.strategy]!,
        fallback: fallback === null ? null : packageOf(fallback),
        arms: arms.map(packageOf),
        segments: Object.entries(pins).map(([name, to]) => ({
          ...{ name, where: `origin == "${name}"`, critical: name === 'atl' },
          package: to === null ? null : packageOf(to),
        })),
      };
    } else if (one.kind === 'repromote') {
      this.wanted = { ...this.wanted, version: one.version };
      this.promotedAgain.push({ digest, commit: this.commit });
    } else if (one.on) this.holds.set(digest, { model: 'm', reason: 'r', since: '2001-04-01', by: 'Ada' });
    else this.holds.delete(digest);
  }
}

/** 15,000 requests, split as the manifest says; copies besides. */
export function countsAsMeant(manifest: RolloutManifest): Readonly<Record<number, Counts>> {
  const tested = sharesOf(manifest);
  const taken = [...tested.values()].reduce((sum, buckets) => sum + buckets, 0);
  const shares = new Map([...tested, [manifest.champion, BUCKETS - taken] as const]);
  const requests = (buckets: number): number => Math.round(buckets * 1.5);
  const counted = [...shares].map(([one, buckets]) => [one, countsOf(requests(buckets))] as const);
  const copied = manifest.shadow === null ? [] : [[manifest.shadow.version, countsOf(5000)] as const];
  return Object.fromEntries([...counted, ...copied]);
}

/** How many buckets each version that is being tried gets. */
export function sharesOf({ arms, candidate, candidateBuckets }: RolloutManifest): ReadonlyMap<number, number> {
  const asked = candidate === null ? [] : [{ version: candidate, buckets: candidateBuckets }];
  return new Map([...asked, ...arms].map((one) => [one.version, one.buckets]));
}

/** A day on which all is well: nothing held, nothing frozen, each record as it was, everything confirmed, pods count what is meant, and the asked version is better. */
export function playGoodPasses(world: World, passes: number): void {
  world.holds.clear();
  world.edits = new Map();
  world.waits = [];
  world.confirmed = new Set(['shadow', 'canary-1', 'canary-2', 'blue-green', 'live']);
  for (let pass = 0; pass < passes; pass++) {
    world.apply({ kind: 'time', hours: 3 });
    world.apply({ kind: 'end-emergency' });
    const current = world.current();
    const pods = current === null ? [] : podsAt(current.serial, countsAsMeant(current));
    world.publish(reconcile({ ...world.input(), pods, readings: readingsOf(world.wanted.version) }));
  }
}

/** One pass as it came, and what the next one would look at. */
export interface Step {
  readonly input: ReconcileInput;
  readonly decision: Decision;
  readonly after: ReconcileInput;
}

export interface Story {
  readonly steps: readonly Step[];
  /** As it stands at the end; each call answers a world of its own. */
  readonly world: () => World;
}

const TOLD = new Map<string, Story>();

/** Runs the events. Every property is shown the same stories, so each is played once. */
export function play(events: readonly WorldEvent[]): Story {
  const key = JSON.stringify(events);
  const told = TOLD.get(key) ?? tell(events);
  TOLD.set(key, told);
  return told;
}

function tell(events: readonly WorldEvent[]): Story {
  const world = new World();
  const steps: Step[] = [];
  for (const one of events) {
    world.apply(one);
    if (one.kind === 'killed-pass') reconcile(world.input());
    if (one.kind === 'stale-pass') world.publish(reconcile(world.input(world.current(one.behind))));
    if (one.kind !== 'pass') continue;
    const input = world.input();
    const decision = reconcile(input);
    // The pods still report the serial before: nobody can have applied the new one within the same moment.
    steps.push({ input, decision, after: { ...world.input(decision.manifest ?? input.current), pods: input.pods } });
    world.publish(decision);
  }
  return { steps, world: () => world.fork() };
}
