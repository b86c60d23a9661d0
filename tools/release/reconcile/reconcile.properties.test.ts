import { digestJson, type RolloutManifest } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cellsAt,
  countsOf,
  desiredOf,
  HOUR_US,
  packageOf,
  podsAt,
  STEPS,
} from '../../../tests/support/rollout-fixtures.js';
import type { PodEvidence } from '../evidence.js';
import type { Decision, Desired, ReconcileInput } from './input.js';
import { reconcile } from './reconcile.js';
import { stagesOf } from './stages.js';
import { saysTheSame } from './state.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? Date.now() % 2 ** 31);
console.info(`reconcile properties: seed ${SEED} (set SIGNALBOX_TEST_SEED to repeat)`);
const RUNS = { seed: SEED, numRuns: 300 };

const STRATEGIES: readonly Desired['strategy'][] = [
  STEPS,
  { name: 'direct', stageDeadline: '7d', analysis: STEPS.analysis },
  { name: 'canary', canary: STEPS.canary!, stageDeadline: '7d', analysis: STEPS.analysis },
  {
    name: 'flat',
    canary: { steps: [{ weight: 0.3, minDuration: '0s', minSample: 1 }] },
    stageDeadline: '7d',
    analysis: STEPS.analysis,
  },
];

const version = fc.integer({ min: 1, max: 4 });
const counts = fc
  .tuple(fc.integer({ min: 0, max: 2000 }), fc.integer({ min: 0, max: 40 }))
  .map(([requests, failed]) => countsOf(requests, Math.min(requests, failed)));

/** How pods stand to whatever is published when the pass runs. */
const podBehaviour = fc.record({
  lag: fc.constantFrom(0, 0, 0, 1),
  fresh: fc.constantFrom(true, true, false),
  frozen: fc.constantFrom(false, false, true),
  refuses: fc.constantFrom(false, false, false, true),
  partial: fc.constantFrom(false, false, false, true),
  counts: fc.dictionary(fc.constantFrom('1', '2', '3', '4'), counts),
});

const event = fc.oneof(
  fc.record({
    kind: fc.constant('desire' as const),
    version,
    strategy: fc.nat(STRATEGIES.length - 1),
    fallback: fc.option(version),
  }),
  fc.record({ kind: fc.constant('repromote' as const), version }),
  fc.record({ kind: fc.constant('hold' as const), version, on: fc.boolean() }),
  fc.record({ kind: fc.constant('time' as const), hours: fc.integer({ min: 0, max: 5 }) }),
  fc.record({ kind: fc.constant('pods' as const), pods: fc.array(podBehaviour, { maxLength: 3 }) }),
  fc.constant({ kind: 'pass' as const }),
  fc.constant({ kind: 'pass' as const }),
  fc.constant({ kind: 'killed-pass' as const }),
  fc.record({ kind: fc.constant('stale-pass' as const), behind: fc.integer({ min: 1, max: 3 }) }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

/** The world around the function: Git, pods, the clock, and a store that publishes by compare-and-swap. */
class World {
  readonly published: RolloutManifest[] = [];
  commit = 1;
  eventNowUs: number | null = null;
  wanted = { version: 1, strategy: STRATEGIES[0]!, fallback: null as number | null };
  readonly holds = new Map<string, { model: string; reason: string; since: string; by: string }>();
  readonly promotedAgain: { readonly digest: string; readonly commit: number }[] = [];
  pods: readonly (typeof podBehaviour extends fc.Arbitrary<infer T> ? T : never)[] = [];

  current(behind = 0): RolloutManifest | null {
    return this.published.at(-1 - behind) ?? null;
  }

  input(current = this.current()): ReconcileInput {
    const { digest } = packageOf(this.wanted.version);
    const rejection = current?.rollout.rejected.find((one) => one.digest === digest);
    const repromoted =
      rejection !== undefined &&
      this.promotedAgain.some((one) => one.digest === digest && one.commit > Number.parseInt(rejection.commit, 16));
    const desired = desiredOf(this.wanted.version, {
      commit: this.commit.toString(16).padStart(40, '0'),
      strategy: this.wanted.strategy,
      fallback: this.wanted.fallback === null ? null : packageOf(this.wanted.fallback),
      holds: new Map(this.holds),
      repromoted,
    });
    return { desired, current, pods: this.evidence(), eventNowUs: this.eventNowUs };
  }

  evidence(): readonly PodEvidence[] {
    const serial = this.current()?.serial ?? 0;
    return this.pods.map(({ counts: said, fresh, frozen, lag, partial, refuses }, i) => ({
      pod: `pod-${i}`,
      breaker: null,
      fresh,
      frozen,
      appliedSerial: refuses ? serial - 1 : serial - lag,
      rejected: refuses ? { serial, reason: 'it does not load' } : null,
      problem: partial ? 'segment 2 is missing' : null,
      cells: cellsAt(serial - lag, said),
    }));
  }

  /** As the publisher does it: a decision made on something else than the newest manifest is refused. */
  publish(decision: Decision): boolean {
    const { manifest } = decision;
    if (manifest === null) return false;
    const newest = this.current();
    if (manifest.previous !== (newest === null ? null : digestJson(newest))) return false;
    this.published.push(manifest);
    return true;
  }

  apply(one: Event): void {
    if (one.kind === 'time') this.eventNowUs = (this.eventNowUs ?? 0) + one.hours * HOUR_US;
    else if (one.kind === 'pods') this.pods = one.pods;
    else if (one.kind !== 'pass' && one.kind !== 'killed-pass' && one.kind !== 'stale-pass') this.change(one);
  }

  private change(one: Extract<Event, { kind: 'desire' | 'repromote' | 'hold' }>): void {
    this.commit += 1;
    const { digest } = packageOf(one.version);
    if (one.kind === 'desire') {
      this.wanted = { version: one.version, strategy: STRATEGIES[one.strategy]!, fallback: one.fallback };
    } else if (one.kind === 'repromote') {
      this.wanted = { ...this.wanted, version: one.version };
      this.promotedAgain.push({ digest, commit: this.commit });
    } else if (one.on) this.holds.set(digest, { model: 'm', reason: 'r', since: '2001-04-01', by: 'Ada' });
    else this.holds.delete(digest);
  }
}

/** Runs the events, and shows every pass that published to `check`. */
function play(
  events: readonly Event[],
  check: (input: ReconcileInput, decision: Decision, world: World) => void,
): World {
  const world = new World();
  for (const one of events) {
    world.apply(one);
    if (one.kind === 'killed-pass') reconcile(world.input());
    if (one.kind === 'stale-pass') world.publish(reconcile(world.input(world.current(one.behind))));
    if (one.kind === 'pass') {
      const input = world.input();
      const decision = reconcile(input);
      check(input, decision, world);
      world.publish(decision);
    }
  }
  return world;
}

const events = fc.array(event, { minLength: 5, maxLength: 60 });

describe('whatever people, pods and the store do, reconcile', () => {
  it('raises the serial by one with every change and chains each manifest to the one before', () => {
    fc.assert(
      fc.property(events, (all) => {
        const { published } = play(all, () => undefined);
        for (const [i, manifest] of published.entries()) {
          expect(manifest.serial).toBe(i + 1);
          expect(manifest.previous).toBe(i === 0 ? null : digestJson(published[i - 1]));
          if (i > 0) expect(saysTheSame(manifest, published[i - 1]!)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('never gives more traffic without a pass, except to the first stage of a new rollout or back to what was live', () => {
    fc.assert(
      fc.property(events, (all) => {
        play(all, ({ current, desired }, { manifest, verdicts }) => {
          if (manifest === null || current === null) return;
          const passed = verdicts.length > 0 && verdicts.every((one) => one.verdict === 'pass');
          const first = stagesOf(desired.strategy)[0];
          if (manifest.champion !== current.champion && manifest.champion !== current.previousChampion) {
            expect(passed || first === undefined).toBe(true);
          }
          const sameRollout = manifest.candidate === current.candidate && manifest.salt === current.salt;
          if (manifest.candidate !== null && manifest.candidateBuckets > (sameRollout ? current.candidateBuckets : 0)) {
            expect(passed || (!sameRollout && manifest.candidateBuckets === first?.candidateBuckets)).toBe(true);
          }
        });
      }),
      RUNS,
    );
  });

  it('always has a champion, and a package for every version that it names', () => {
    fc.assert(
      fc.property(events, (all) => {
        play(all, (_input, { manifest }) => {
          if (manifest === null) return;
          const loaded = manifest.packages.map((one) => one.version);
          const { candidate, champion, fallback, previousChampion, shadow } = manifest;
          const named = [champion, candidate, fallback, previousChampion, shadow?.version ?? null];
          expect(loaded).toEqual(expect.arrayContaining(named.filter((one) => one !== null)));
          expect(new Set(loaded).size).toBe(loaded.length);
          expect(candidate).not.toBe(champion);
          if (candidate === null) expect(manifest).toMatchObject({ candidateBuckets: 0, shadow: null });
        });
      }),
      RUNS,
    );
  });

  it('gives no traffic to a package that is held or rejected, unless nothing else could serve', () => {
    fc.assert(
      fc.property(events, (all) => {
        play(all, ({ current, desired }, { manifest }) => {
          const next = manifest ?? current;
          if (next === null) return;
          const bad = new Set([...desired.holds.keys(), ...next.rollout.rejected.map((one) => one.digest)]);
          const digestOf = (one: number | null) => next.packages.find((each) => each.version === one)?.digest ?? '';
          expect(bad.has(digestOf(next.candidate))).toBe(false);
          expect(bad.has(digestOf(next.fallback))).toBe(false);
        });
      }),
      RUNS,
    );
  });

  it('has nothing more to do after one pass over inputs that stay, and answers the same for the same', () => {
    fc.assert(
      fc.property(events, (all) => {
        play(all, (input, decision, world) => {
          expect(reconcile(input)).toEqual(decision);
          if (decision.manifest === null) return;
          // The pods still report the serial before: nobody can have applied the new one within the same moment.
          const again = reconcile({ ...world.input(decision.manifest), pods: input.pods });
          expect(again.manifest).toBeNull();
        });
      }),
      RUNS,
    );
  });

  it('ends a revert with what was live before in one pass', () => {
    fc.assert(
      fc.property(events, (all) => {
        const world = play(all, () => undefined);
        const current = world.current();
        if (current === null || current.previousChampion === null) return;
        world.holds.clear();
        world.wanted = { ...world.wanted, version: current.previousChampion };
        const { manifest } = reconcile(world.input());
        expect(manifest).toMatchObject({ champion: current.previousChampion, candidate: null, candidateBuckets: 0 });
      }),
      RUNS,
    );
  });

  it('comes to what is asked for once pods are well, from wherever it was killed', () => {
    fc.assert(
      fc.property(events, version, (all, last) => {
        const world = play(all, () => undefined);
        world.apply({ kind: 'repromote', version: last });
        world.holds.clear();
        for (let pass = 0; pass < 8; pass++) {
          world.apply({ kind: 'time', hours: 3 });
          const good = { 1: countsOf(5000), 2: countsOf(5000), 3: countsOf(5000), 4: countsOf(5000) };
          const pods = podsAt(world.current()?.serial ?? 0, good);
          world.publish(reconcile({ ...world.input(), pods }));
        }
        expect(world.current()).toMatchObject({ champion: last, candidate: null, rollout: { phase: 'live' } });
      }),
      RUNS,
    );
  });
});
