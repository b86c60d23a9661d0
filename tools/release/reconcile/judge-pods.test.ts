import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  CONTEST,
  countsOf,
  desiredOf,
  HOUR_US,
  packageOf,
  podsAt,
  publishedWhere,
  readingsOf,
} from '../../../tests/support/rollout-fixtures.js';
import type { PodEvidence } from '../evidence.js';
import type { Desired } from './input.js';
import { reconcile } from './reconcile.js';

const WELL = { 1: countsOf(2000), 2: countsOf(2000), 3: countsOf(2000) };
const DAY_US = 24 * HOUR_US;
const canary = publishedWhere([desiredOf(1), desiredOf(2)], ({ rollout }) => rollout.phase === 'canary');
const { serial } = canary;
const [applying, quiet] = podsAt(serial, WELL) as [PodEvidence, PodEvidence];

type About = NonNullable<PodEvidence['rejected']>['versions'];
const broken = (version: number) => ({ version, broken: true });
const missing = (version: number) => ({ version, broken: false });

/** A pod that serves the manifest before, and says why. */
function refusing(pod: string, ...versions: About): PodEvidence {
  return { ...quiet, pod, appliedSerial: serial - 1, rejected: { serial, reason: `${pod} cannot`, versions } };
}

/** The next pass over a canary that was entered hours ago. */
function pass(pods: readonly PodEvidence[], asks: Partial<Desired> = {}, hours = 3) {
  const desired = desiredOf(2, asks);
  const eventNowUs = canary.rollout.enteredAt + hours * HOUR_US;
  const { manifest, verdicts } = reconcile({ desired, current: canary, pods, eventNowUs });
  return { manifest, phase: (manifest ?? canary).rollout.phase, pods: verdicts[0]! };
}

describe('a manifest that pods refuse', () => {
  it('ends the rollout at once when enough say that the package itself does not work', () => {
    const { manifest, pods } = pass([refusing('a', broken(2)), refusing('b', broken(2))]);
    expect(pods).toMatchObject({ verdict: 'fail', sentence: `2 pods refuse serial ${serial}: a cannot.` });
    expect(manifest?.rollout).toMatchObject({ phase: 'rejected', rejected: [{ digest: packageOf(2).digest }] });
  });

  it.each<[string, PodEvidence, PodEvidence]>([
    ['the feature views are not filled yet', refusing('a', missing(2)), refusing('b', missing(2))],
    ['one says so, and only one that it does not work', refusing('a', broken(2)), refusing('b', missing(2))],
    ['pods cannot use what is live either', refusing('a', broken(1), broken(2)), refusing('b', missing(1), broken(2))],
    ['it is a version that is not tried here', refusing('a', broken(3)), refusing('b', broken(3))],
    ['it is no version: a signature, a clock, a condition', refusing('a'), refusing('b')],
  ])('waits, with the reason, and not for ever: %s', (_, a, b) => {
    const { phase, pods } = pass([a, b]);
    expect([phase, pods.verdict]).toEqual(['canary', 'no-data']);
    expect(pods.sentence).toContain('; a refuses it: a cannot; b refuses it: b cannot.');
    const late = pass([a, b], {}, 7 * 24);
    expect(late.manifest?.rollout).toMatchObject({
      phase: 'rejected',
      rejected: [{ reason: expect.stringMatching(/within 7d .*; a refuses it: a cannot; b refuses it: b cannot[.]/) }],
    });
  });

  it('waits for pods that have not looked yet: the first to say no is no witness for all', () => {
    const behind = (pod: string) => ({ ...quiet, pod, appliedSerial: serial - 1 });
    const first = pass([refusing('a', broken(2)), behind('b'), behind('c')], { minPods: 1 });
    expect([first.phase, first.pods.verdict]).toEqual(['canary', 'no-data']);
    const all = ['a', 'b', 'c'].map((pod) => refusing(pod, broken(2)));
    expect(pass(all, { minPods: 1 }).phase).toBe('rejected');
    const gone = { ...behind('c'), fresh: false };
    expect(pass([...all.slice(0, 2), gone], { minPods: 1 }).phase).toBe('rejected');
  });

  it('goes on without a pod that is at fault itself, and names it', () => {
    const { manifest, pods } = pass([applying, quiet, refusing('c', missing(1), missing(2))]);
    expect(pods).toMatchObject({ verdict: 'pass', sentence: expect.stringContaining('; c refuses it: c cannot.') });
    expect(manifest?.rollout).toMatchObject({ phase: 'canary', step: 1 });
  });

  it.each([[broken(2)], [missing(2)]])(
    'stands while a single pod cannot use the candidate, as long as people take: %j',
    (about) => {
      for (const hours of [3, 30 * 24]) {
        const { manifest, pods } = pass([applying, quiet, refusing('c', about)], {}, hours);
        expect([manifest, pods.verdict]).toEqual([null, 'inconclusive']);
      }
      const silent = podsAt(serial, { 1: countsOf(9), 2: countsOf(9) });
      expect(pass([...silent, refusing('c', about)], {}, 30 * 24).phase).toBe('rejected');
    },
  );

  it('lets a stage pass after its least time also where the pods are younger than it, or had waited for features', () => {
    for (const [hours, since] of [
      [1, 0.9],
      [7 * 24 - 1, 7 * 24 - 2],
    ] as const) {
      const windowUs = canary.rollout.enteredAt + since * HOUR_US;
      const young = podsAt(serial, WELL).map((pod) => ({
        ...pod,
        cells: pod.cells.map((cell) => ({ ...cell, windowUs })),
      }));
      expect(pass(young, {}, hours).manifest?.rollout).toMatchObject({ phase: 'canary', step: 1 });
    }
  });

  it('never ends a rollout that does well on enough pods, whatever others say and however long', () => {
    const about = fc.array(fc.record({ version: fc.integer({ min: 1, max: 4 }), broken: fc.boolean() }));
    const others = fc.array(about, { maxLength: 6 });
    fc.assert(
      fc.property(others, fc.integer({ min: 1, max: 2 }), fc.nat(1000), (refusals, minPods, hours) => {
        const sick = refusals.map((versions, i) => refusing(`sick-${i}`, ...versions));
        expect(pass([...sick, applying, quiet], { minPods }, hours).phase).toBe('canary');
      }),
    );
  });
});

describe('a manifest with two arms that pods refuse', () => {
  const contest = desiredOf(2, { strategy: CONTEST, arms: [packageOf(3)] });
  const current = publishedWhere([desiredOf(1), contest], ({ rollout }) => rollout.phase === 'experiment');
  const after = (...about: About) => {
    const [a] = podsAt(current.serial - 1, {}) as [PodEvidence];
    const rejected = { serial: current.serial, reason: 'it cannot', versions: about };
    const pods = ['a', 'b'].map((pod) => ({ ...a, pod, rejected }));
    const eventNowUs = current.rollout.enteredAt + DAY_US;
    return reconcile({ desired: contest, current, pods, readings: readingsOf(0), eventNowUs }).manifest;
  };

  it('goes on without the arm whose package does not work, and ends with the asked version', () => {
    expect(after(broken(3))).toMatchObject({ candidate: 2, arms: [], rollout: { phase: 'experiment' } });
    expect(after(broken(3))?.rollout.rejected).toMatchObject([{ digest: packageOf(3).digest }]);
    expect(after(broken(2), broken(3))).toMatchObject({ candidate: null, rollout: { phase: 'rejected' } });
    expect(after(missing(2), missing(3))).toBeNull();
  });
});
