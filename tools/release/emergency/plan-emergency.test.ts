import { canonicalJson, type RolloutManifest } from '@signalbox/contracts';
import { route } from '@signalbox/serving/routing';
import { checkAgainstEnvironment, parseManifest } from '@signalbox/serving/trust';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONTEST,
  desiredOf,
  packageOf,
  publishedWhere,
  STEPS,
  SWITCH,
} from '../../../tests/support/rollout-fixtures.js';
import { type Desired, decidingRule, reconcile } from '../reconcile/index.js';
import { type EmergencyPlan, emergencyTargets, planEmergency } from './plan-emergency.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? Math.floor(Date.now() / 1000));
console.info(`emergencies: seed ${SEED} (set SIGNALBOX_TEST_SEED for another)`);

const ORDER = { by: 'Ada', reason: 'the forge is down', atMs: 1_800_000_000_000 };
const DIRECT: Desired['strategy'] = { name: 'direct', stageDeadline: '7d', analysis: STEPS.analysis };
const segment = (version: number) => ({ name: 'night', where: 'true', critical: false, package: packageOf(version) });

const directly = (version: number) => desiredOf(version, { strategy: DIRECT });
const inPhase = (phase: RolloutManifest['rollout']['phase']) => (manifest: RolloutManifest) =>
  manifest.rollout.phase === phase;
const contest = desiredOf(2, { strategy: CONTEST, arms: [packageOf(3)] });
const STATES: Readonly<Record<string, RolloutManifest>> = {
  first: publishedWhere([directly(1)]),
  live: publishedWhere([directly(1), directly(2)]),
  shadow: publishedWhere([directly(1), desiredOf(2)], inPhase('shadow')),
  canary: publishedWhere([directly(1), desiredOf(2)], inPhase('canary')),
  experiment: publishedWhere([directly(1), contest], inPhase('experiment')),
  'blue-green': publishedWhere([directly(1), desiredOf(2, { strategy: SWITCH })], inPhase('blue-green')),
  pinned: publishedWhere([directly(1), directly(2), { ...directly(2), segments: [segment(2)] }]),
  fallback: publishedWhere([directly(1), directly(2), { ...directly(3), fallback: packageOf(1) }]),
};

function manifestOf(plan: EmergencyPlan): RolloutManifest {
  if ('refused' in plan) throw new Error(plan.refused);
  return plan.manifest;
}

describe('an emergency', () => {
  it.each([
    ['first', []],
    ['live', [1]],
    ['shadow', [1]],
    ['canary', [1]],
    ['experiment', [1]],
    ['blue-green', [1]],
    ['pinned', [1]],
    ['fallback', [1, 2]],
  ])('in state %s can lead to %j: what was live, never what is being tried', (name, targets) => {
    expect(emergencyTargets(STATES[name]!)).toEqual(targets);
  });

  it('says why it refuses', () => {
    const why = (name: string, to: number) => planEmergency(STATES[name]!, { ...ORDER, to });
    expect(why('first', 1)).toEqual({ refused: 'version 1 answers everything already' });
    expect(why('canary', 2)).toMatchObject({ refused: expect.stringContaining('still being tried') });
    expect(why('experiment', 3)).toMatchObject({ refused: expect.stringContaining('still being tried') });
    expect(why('live', 7)).toMatchObject({ refused: expect.stringContaining('have not loaded version 7') });
    const speech = planEmergency(STATES.live!, { ...ORDER, to: 1, reason: 'x'.repeat(2_001) });
    expect(speech).toMatchObject({ refused: expect.stringContaining('has 2001 characters') });
    expect(planEmergency(STATES.live!, { ...ORDER, to: 1, reason: 'x'.repeat(2_000) })).not.toHaveProperty('refused');
    const rejected = { digest: packageOf(1).digest, serial: 1, commit: '1'.repeat(40), reason: 'it failed' };
    const { rollout } = STATES.live!;
    const bad = { ...STATES.live!, rollout: { ...rollout, rejected: [rejected] } };
    expect(planEmergency(bad, { ...ORDER, to: 1 })).toEqual({ refused: 'version 1 was rejected here' });
  });

  it('leaves every unit to its version, names nothing new, and is what pods take, from any state', () => {
    const cases = Object.entries(STATES).flatMap(([name, state]) =>
      emergencyTargets(state).map((to) => ({ name, to })),
    );
    fc.assert(
      fc.property(fc.constantFrom(...cases), fc.string({ minLength: 1 }), ({ name, to }, unit) => {
        const current = STATES[name]!;
        const manifest = manifestOf(planEmergency(current, { ...ORDER, to }));
        const parsed = parseManifest('m', Buffer.from(canonicalJson(manifest)));
        const allowed = current.packages.map(({ digest, sizeBytes }) => ({ model: 'm', digest, sizeBytes }));
        checkAgainstEnvironment(parsed, { environment: 'prod', model: 'm', allowed });
        expect(manifest.serial).toBe(current.serial + 1);
        for (const at of [-1, ...manifest.segments.keys()]) {
          expect(route(manifest, unit, at)).toMatchObject({ version: to, shadow: null });
        }
      }),
      { seed: SEED, numRuns: 100 },
    );
  });

  it('keeps what was live before loaded, unless it leads there or flees from it, so that a second one can lead on', () => {
    const third = publishedWhere([directly(1), directly(2), desiredOf(3)], inPhase('canary'));
    const first = manifestOf(planEmergency(third, { ...ORDER, to: 2 }));
    expect(first).toMatchObject({ champion: 2, previousChampion: 1, candidate: null });
    expect(first.packages.map(({ version }) => version)).toEqual([2, 1]);
    expect(emergencyTargets(first)).toEqual([1]);
    const second = manifestOf(planEmergency(first, { ...ORDER, to: 1 }));
    expect(second).toMatchObject({ champion: 1, previousChampion: null, packages: [{ version: 1 }] });
    const competing = { ...contest, package: packageOf(4), arms: [packageOf(1)] };
    const arm = publishedWhere([directly(1), directly(2), competing], inPhase('experiment'));
    expect(arm).toMatchObject({ champion: 2, previousChampion: 1, arms: [{ version: 1 }] });
    expect(manifestOf(planEmergency(arm, { ...ORDER, to: 2 })).previousChampion).toBeNull();
    const beside = manifestOf(planEmergency(STATES.fallback!, { ...ORDER, to: 1 }));
    expect(beside).toMatchObject({ champion: 1, previousChampion: 2, fallback: null });
  });

  it('keeps a segment that is pinned to a third version, and frees one that is pinned to what is left', () => {
    const third = { ...STATES.live!, segments: [{ name: 'night', where: 'true', version: 3 }] };
    const loaded = { ...third, packages: [...third.packages, packageOf(3)] };
    expect(manifestOf(planEmergency(loaded, { ...ORDER, to: 1 })).segments).toEqual(third.segments);
    const freed = planEmergency(STATES.pinned!, { ...ORDER, to: 1 });
    expect(freed).toMatchObject({ reasons: [expect.anything(), expect.stringContaining('segment night follows it')] });
  });

  it('stands whatever Git asks for, until it asks for the same', () => {
    const current = manifestOf(planEmergency(STATES.canary!, { ...ORDER, to: 1 }));
    const pass = (desired: Desired) => ({ desired, current, pods: [], readings: new Map(), eventNowUs: 0 });
    for (const version of [2, 3]) {
      expect(decidingRule(pass(desiredOf(version)))).toBe('stay-emergency');
      expect(reconcile(pass(desiredOf(version))).manifest).toBeNull();
    }
    expect(reconcile(pass(desiredOf(1))).manifest).toMatchObject({ champion: 1, rollout: { emergency: null } });
  });
});
