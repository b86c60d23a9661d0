import { isDeepStrictEqual } from 'node:util';
import { BUCKETS, digestJson, type RolloutManifest } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { play, playGoodPasses, sharesOf, worldEvents, worldVersion } from '../../../tests/support/rollout-world.js';
import type { Desired } from './input.js';
import { reconcile } from './reconcile.js';
import { stagesOf } from './stages.js';
import { saysTheSame } from './state.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? Date.now() % 2 ** 31);
console.info(`reconcile properties: seed ${SEED} (set SIGNALBOX_TEST_SEED to repeat)`);
const RUNS = { seed: SEED, numRuns: 300 };

const digestIn = ({ packages }: RolloutManifest, version: number | null): string =>
  packages.find((one) => one.version === version)?.digest ?? '';

/** Whether traffic was moved forward: to another live version that was not live before, or to a stage. */
function entered(current: RolloutManifest, next: RolloutManifest): string | null {
  const { candidate, champion, rollout } = next;
  const isNew = champion !== current.champion && champion !== current.previousChampion;
  if (isNew) return 'live';
  const isSame =
    candidate === current.candidate && rollout.phase === current.rollout.phase && rollout.step === current.rollout.step;
  if (candidate === null || isSame) return null;
  return rollout.phase === 'canary' ? `canary-${rollout.step + 1}` : rollout.phase;
}

const packagesIn = ({ arms, fallback, package: asked, segments }: Desired) => [asked, fallback, arms, segments];

const isUnconfirmed = ({ confirmed, strategy }: Desired, stage: string): boolean =>
  strategy.confirm?.includes(stage) === true && !confirmed.has(stage);

describe('whatever people, pods and the store do, reconcile', () => {
  it('raises the serial by one with every change and chains each manifest to the one before', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        const { published } = play(all).world();
        for (const [i, manifest] of published.entries()) {
          expect(manifest.serial).toBe(i + 1);
          expect(manifest.previous).toBe(i === 0 ? null : digestJson(published[i - 1]));
          const byHand = manifest.rollout.emergency !== null;
          if (i > 0 && !byHand) expect(saysTheSame(manifest, published[i - 1]!)).toBe(false);
        }
      }),
      RUNS,
    );
  });

  it('never gives more traffic without a pass, except to the first stage of a new rollout or back to what was live', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        for (const {
          input: { current, desired },
          decision: { manifest, verdicts },
        } of play(all).steps) {
          if (manifest === null || current === null) continue;
          const passed = verdicts.length > 0 && verdicts.every((one) => one.verdict === 'pass');
          const first = stagesOf(desired.strategy)[0];
          if (entered(current, manifest) === 'live') expect(passed || first === undefined).toBe(true);
          const before = sharesOf(current);
          const isNew = manifest.salt !== current.salt;
          const isFirst = isNew && manifest.rollout.phase === first?.phase && manifest.rollout.step === first.step;
          const isAgain = isNew && manifest.rollout.phase === 'experiment' && current.rollout.phase === 'experiment';
          for (const [version, buckets] of sharesOf(manifest)) {
            const rises = buckets > (before.get(version) ?? 0);
            if (rises) expect(passed || isFirst || (isAgain && version !== manifest.candidate)).toBe(true);
          }
        }
      }),
      RUNS,
    );
  });

  it('starts nothing and moves nothing on while something stands against it, nor into a stage that nobody confirmed', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        for (const {
          input: { current, desired },
          decision: { manifest },
        } of play(all).steps) {
          if (manifest === null) continue;
          if (current === null) {
            expect(desired.waits).toEqual([]);
            expect(isUnconfirmed(desired, 'live')).toBe(false);
            continue;
          }
          const stage = entered(current, manifest);
          if (stage !== null) expect(isUnconfirmed(desired, stage)).toBe(false);
          if (desired.waits.length === 0) continue;
          expect(stage).toBeNull();
          const before = sharesOf(current);
          for (const [version, buckets] of sharesOf(manifest)) expect(before.get(version)).toBe(buckets);
          for (const { name, version } of manifest.segments) {
            const pinned = current.segments.find((one) => one.name === name)?.version ?? null;
            expect([null, pinned]).toContain(version);
          }
        }
      }),
      RUNS,
    );
  });

  it('always has a champion, a package for every version that it names, and units for each', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        for (const {
          decision: { manifest },
        } of play(all).steps) {
          if (manifest === null) continue;
          const loaded = manifest.packages.map((one) => one.version);
          const { arms, candidate, champion, fallback, previousChampion, segments, shadow } = manifest;
          const tried = [...sharesOf(manifest).keys()];
          const beside = [fallback, previousChampion, shadow?.version ?? null, ...segments.map((one) => one.version)];
          const named = [champion, ...tried, ...beside].filter((one) => one !== null);
          expect(loaded).toEqual(expect.arrayContaining(named));
          expect(loaded.every((one) => named.includes(one))).toBe(true);
          expect(new Set(loaded).size).toBe(loaded.length);
          expect(new Set([champion, ...tried]).size).toBe(1 + tried.length);
          expect([...sharesOf(manifest).values()].reduce((sum, one) => sum + one, 0)).toBeLessThanOrEqual(BUCKETS);
          if (arms.length > 0) expect(manifest.rollout.phase).toBe('experiment');
          if (candidate === null) expect(manifest).toMatchObject({ candidateBuckets: 0, shadow: null, arms: [] });
        }
      }),
      RUNS,
    );
  });

  it('never says anything else of a package as long as it is published, and no other package by its number', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        const { published } = play(all).world();
        for (const [i, { packages }] of published.slice(1).entries()) {
          for (const entry of published[i]!.packages) {
            const later = packages.filter((one) => one.digest === entry.digest || one.version === entry.version);
            for (const one of later) expect(one).toEqual(entry);
          }
        }
      }),
      RUNS,
    );
  });

  it('gives no traffic to a package that is held or rejected, unless nothing else could serve, and pins none that is under way', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        for (const {
          input: { current, desired },
          decision: { manifest },
        } of play(all).steps) {
          const next = manifest ?? current;
          if (next === null) continue;
          const bad = new Set([...desired.holds.keys(), ...next.rollout.rejected.map((one) => one.digest)]);
          const pins = next.segments.map((one) => one.version);
          for (const version of [next.candidate, next.fallback, ...sharesOf(next).keys(), ...pins]) {
            expect(bad.has(digestIn(next, version))).toBe(false);
          }
          if (next.candidate !== null) expect(pins).not.toContain(next.candidate);
        }
      }),
      RUNS,
    );
  });

  it('leaves what was signed by hand until Git is level, a commit ends it or a hold names something in it', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        for (const {
          input: { current, desired },
          decision: { manifest },
        } of play(all).steps) {
          if (current === null || current.rollout.emergency === null || manifest === null) continue;
          const isLevel = desired.package.digest === digestIn(current, current.champion);
          const isHeld = current.packages.some(({ digest }) => desired.holds.has(digest));
          expect(isLevel || desired.emergencyEnded || isHeld).toBe(true);
          const isLevelNow = desired.package.digest === digestIn(manifest, manifest.champion);
          if (manifest.rollout.emergency === null) expect(isLevelNow || desired.emergencyEnded).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it('has nothing more to do after one pass over inputs that stay, and answers the same for the same', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        for (const { after, decision, input } of play(all).steps) {
          expect(reconcile(input)).toEqual(decision);
          // What a pass lets go of is asked for by its record from then on, which may have been edited.
          const isAskedAlike = isDeepStrictEqual(packagesIn(after.desired), packagesIn(input.desired));
          if (decision.manifest !== null && isAskedAlike) expect(reconcile(after).manifest).toBeNull();
        }
      }),
      RUNS,
    );
  });

  it('ends a revert with what was live before in one pass, through freezes and whatever waits for a person', () => {
    fc.assert(
      fc.property(worldEvents, (all) => {
        const world = play(all).world();
        const current = world.current();
        if (current === null || current.previousChampion === null) return;
        world.holds.clear();
        world.waits = ['the environment is frozen'];
        world.apply({ kind: 'end-emergency' });
        world.wanted = { ...world.wanted, version: current.previousChampion };
        const { manifest } = reconcile(world.input());
        expect(manifest).toMatchObject({
          ...{ champion: current.previousChampion, candidate: null, candidateBuckets: 0, arms: [], shadow: null },
        });
      }),
      RUNS,
    );
  });

  it('comes to what is asked for once all is well, from wherever it was killed', () => {
    fc.assert(
      fc.property(worldEvents, worldVersion, (all, last) => {
        const world = play(all).world();
        world.apply({ kind: 'repromote', version: last });
        playGoodPasses(world, 9);
        expect(world.current()).toMatchObject({ champion: last, candidate: null, rollout: { phase: 'live' } });
      }),
      RUNS,
    );
  });
});
