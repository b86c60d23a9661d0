import { UNIT_GROUPS } from '@signalbox/contracts';
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
  STEPS,
  SWITCH,
} from '../../../tests/support/rollout-fixtures.js';
import type { Desired, ReconcileInput } from './input.js';
import { reconcile } from './reconcile.js';

const DAY_US = 24 * HOUR_US;
const ALL = { 1: countsOf(2000), 2: countsOf(2000), 3: countsOf(2000), 4: countsOf(2000) };
const HOLD = { model: 'm', reason: 'it is wrong', since: '2001-04-01', by: 'Ada' };
const held = (...versions: number[]) => new Map(versions.map((one) => [packageOf(one).digest, HOLD]));
const live1 = publishedWhere([desiredOf(1)]);

/** A stage that has gone on for a day, with as many requests for each version. */
function inStage(asks: Partial<Desired>, phase: string): ReconcileInput & { readonly current: typeof live1 } {
  const desired = desiredOf(2, asks);
  const current = publishedWhere([desiredOf(1), desired], ({ rollout }) => rollout.phase === phase);
  const eventNowUs = current.rollout.enteredAt + DAY_US;
  return { desired, current, pods: podsAt(current.serial, ALL), readings: readingsOf(2), eventNowUs };
}

describe('an experiment', () => {
  const contest = { strategy: CONTEST, arms: [packageOf(3)] };
  const input = inStage(contest, 'experiment');

  it('gives each arm its buckets, the rest to the live version, and draws its units anew after a canary', () => {
    const after = { ...contest, strategy: { ...CONTEST, canary: STEPS.canary! } };
    const canary = inStage(after, 'canary').current;
    const { current } = inStage(after, 'experiment');
    expect(current).toMatchObject({ candidateBuckets: 3333, arms: [{ version: 3, buckets: 3333 }], shadow: null });
    expect(current.packages.map(({ version }) => version)).toEqual([1, 2, 3]);
    expect(current.salt).not.toBe(canary.salt);
  });

  it('makes the asked version live once it is shown to be better, and keeps the arms no longer', () => {
    const { manifest } = reconcile(input);
    expect(manifest).toMatchObject({ champion: 2, previousChampion: 1, arms: [], rollout: { phase: 'live' } });
    expect(manifest?.packages.map(({ version }) => version)).toEqual([2, 1]);
  });

  it('rejects the asked version when another arm wins, and says which', () => {
    const { manifest, verdicts } = reconcile({ ...input, readings: readingsOf(3) });
    expect(manifest).toMatchObject({ champion: 1, candidate: null, arms: [], rollout: { phase: 'rejected' } });
    expect(manifest?.rollout.rejected).toMatchObject([{ digest: packageOf(2).digest, winner: 3 }]);
    expect(verdicts.find(({ id }) => id === 'rollout/experiment')?.verdict).toBe('fail');
  });

  it('lets nobody win before its least time, also no other arm', () => {
    const { manifest } = reconcile({
      ...input,
      readings: readingsOf(3),
      eventNowUs: input.current.rollout.enteredAt + HOUR_US - 1,
    });
    expect(manifest).toBeNull();
  });

  it('rejects the asked version as not better when its time is over', () => {
    const readings = new Map([...readingsOf(2)].map(([version]) => [version, readingsOf(0).get(1)!]));
    const at = { ...input, readings, eventNowUs: input.current.rollout.enteredAt + 14 * DAY_US };
    const { manifest } = reconcile(at);
    expect(manifest?.rollout.rejected[0]?.reason).toContain('within 14d');
    expect(manifest?.rollout.rejected[0]).not.toHaveProperty('winner');
    expect(reconcile({ ...at, eventNowUs: at.eventNowUs - 1 }).manifest).toBeNull();
  });

  it('is void when units are not split as the manifest says: the version is rejected, nobody wins', () => {
    const counts = { ...ALL, 2: countsOf(1000) };
    const { manifest, verdicts } = reconcile({ ...input, pods: podsAt(input.current.serial, counts) });
    expect(manifest?.rollout).toMatchObject({ phase: 'rejected', rejected: [{ digest: packageOf(2).digest }] });
    expect(verdicts.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id)).toEqual(['rollout/sample-ratio']);
  });

  it('waits for a metric that nobody read', () => {
    const { readings: _none, ...unread } = input;
    const { manifest, verdicts } = reconcile(unread);
    expect(manifest).toBeNull();
    expect(verdicts.find(({ id }) => id === 'rollout/experiment')?.verdict).toBe('no-data');
  });

  it('takes a held arm out in the same pass, in a freeze too, and starts again with units drawn anew', () => {
    const frozen = { ...input.desired, holds: held(3), waits: ['the environment is frozen'] };
    const { manifest, reasons } = reconcile({ ...input, desired: frozen });
    expect(manifest).toMatchObject({
      candidate: 2,
      candidateBuckets: 3333,
      arms: [],
      rollout: { phase: 'experiment' },
    });
    expect(manifest?.salt).not.toBe(input.current.salt);
    expect(manifest?.rollout.enteredAt).toBe(input.eventNowUs);
    expect(reasons.join()).toContain('arm version 3 is held');
  });

  it('rejects an arm that fails by itself, and goes on without it', () => {
    const counts = { ...ALL, 3: countsOf(2000, 500) };
    const { manifest, reasons } = reconcile({ ...input, pods: podsAt(input.current.serial, counts) });
    expect(manifest).toMatchObject({ candidate: 2, arms: [], rollout: { phase: 'experiment' } });
    expect(manifest?.rollout.rejected).toMatchObject([{ digest: packageOf(3).digest }]);
    expect(reasons.join()).toContain('arm version 3 failed');
  });

  it('holds each arm to its part of the error, so that more arms are not taken out by chance more often', () => {
    const failing = (failed: number) => podsAt(input.current.serial, { ...ALL, 3: countsOf(2000, failed) });
    const open = { ...input, readings: readingsOf(0) };
    expect(reconcile({ ...open, pods: failing(148) }).manifest).toBeNull();
    expect(reconcile({ ...open, pods: failing(149) }).manifest?.rollout.rejected).toHaveLength(1);
  });

  describe('in which a pod asks an arm no more', () => {
    const { serial } = input.current;
    const breaker = (version: number) => ({ version, serial, sinceMs: 0, reason: '5 failures in a row' });
    /** What its units would have asked the arm, the champion was. */
    const bent = podsAt(serial, { 1: countsOf(2000), 2: countsOf(2000), 3: countsOf(200) })[0]!;
    const whole = { ...bent, pod: 'pod-3', cells: input.pods[0]!.cells };
    const ratioOf = (pods: ReconcileInput['pods']) =>
      reconcile({ ...input, pods, readings: readingsOf(0) }).verdicts.find(({ id }) => id === 'rollout/sample-ratio')!;

    it('rejects that arm alone when enough pods do', () => {
      const pods = [bent, { ...bent, pod: 'pod-2' }].map((pod) => ({ ...pod, breaker: breaker(3) }));
      const { manifest, reasons } = reconcile({ ...input, pods });
      expect(manifest).toMatchObject({ candidate: 2, arms: [], rollout: { phase: 'experiment' } });
      expect(manifest?.rollout.rejected.map(({ digest }) => digest)).toEqual([packageOf(3).digest]);
      expect(reasons.join()).toContain('2 pods stopped asking version 3: 5 failures in a row.');
    });

    it.each([2, 3])('leaves that pod out of the split, whose units went elsewhere: version %i', (version) => {
      expect(ratioOf([bent, whole])).toMatchObject({ verdict: 'fail' });
      const ratio = ratioOf([{ ...bent, breaker: breaker(version) }, whole]);
      expect(ratio).toMatchObject({ verdict: 'pass', sampleSize: 6000 });
      expect(ratio.sentence).toContain('One pod that asks a version no more is left out.');
    });

    it('counts it as before when the breaker was of an older manifest', () => {
      const older = { ...breaker(3), serial: serial - 1 };
      expect(ratioOf([{ ...bent, breaker: older }, whole]).verdict).toBe('fail');
    });
  });

  it('starts again when the release names other arms, but not while it waits', () => {
    const arms = [packageOf(4)];
    const { manifest } = reconcile({ ...input, desired: { ...input.desired, arms } });
    expect(manifest).toMatchObject({ arms: [{ version: 4 }], rollout: { phase: 'experiment' } });
    expect(manifest?.salt).not.toBe(input.current.salt);
    const waits = ['the environment is frozen'];
    const frozen = reconcile({ ...input, desired: { ...input.desired, arms, waits } });
    expect(frozen.manifest).toMatchObject({ arms: [], candidate: 2 });
  });

  it('leaves out arms that are live, asked for, held, or for which no units are left', () => {
    const arms = [1, 2, 3, 4].map(packageOf);
    const { manifest, reasons } = reconcile({ ...input, current: live1, desired: { ...input.desired, arms } });
    expect(manifest?.arms).toEqual([{ version: 3, buckets: 3333 }]);
    expect(reasons.slice(1)).toEqual([
      'arm version 1 is left out: it is live',
      'arm version 2 is left out: it is the version that is asked for',
      'arm version 4 is left out: no units are left for it',
    ]);
  });

  it('keeps what was live before as a way back, also when it competes as an arm, until it fails there', () => {
    const current = publishedWhere(
      [desiredOf(1), desiredOf(2), desiredOf(3, { ...contest, arms: [packageOf(1)] })],
      (one) => one.rollout.phase === 'experiment',
    );
    expect(current).toMatchObject({ champion: 2, candidate: 3, previousChampion: 1, arms: [{ version: 1 }] });
    const back = reconcile({ desired: desiredOf(1), current, pods: [], eventNowUs: null });
    expect(back.manifest).toMatchObject({ champion: 1, candidate: null, arms: [], rollout: { phase: 'live' } });
    const pods = podsAt(current.serial, { ...ALL, 1: countsOf(2000, 500) });
    const input = { desired: desiredOf(3, { ...contest, arms: [packageOf(1)] }), current, pods };
    const failed = reconcile({ ...input, eventNowUs: current.rollout.enteredAt }).manifest;
    expect(failed).toMatchObject({ champion: 2, candidate: 3, previousChampion: null, arms: [] });
  });
});

describe('blue-green', () => {
  const input = inStage({ strategy: SWITCH }, 'blue-green');

  it('gives the candidate every unit and copies to the version before', () => {
    expect(input.current).toMatchObject({
      ...{ champion: 1, candidate: 2, candidateBuckets: 10_000, shadow: { version: 1, buckets: 2500 } },
    });
  });

  it('makes the candidate live when it is shown to be no worse than the copies', () => {
    expect(reconcile(input).manifest).toMatchObject({ champion: 2, previousChampion: 1, shadow: null });
  });

  it('compares with the copies of the version before, not with what it answered itself', () => {
    const pods = input.pods.map((pod) => ({
      ...pod,
      cells: pod.cells.filter(({ route, version }) => version === 2 || route !== 'shadow'),
    }));
    const { manifest, verdicts } = reconcile({ ...input, pods });
    expect(manifest).toBeNull();
    expect(verdicts.find(({ id }) => id === 'rollout/error-rate')?.verdict).toBe('no-data');
  });

  it('gives every unit back to the version before in the pass in which the candidate fails', () => {
    const counts = { ...ALL, 2: countsOf(2000, 500) };
    const { manifest } = reconcile({ ...input, pods: podsAt(input.current.serial, counts) });
    expect(manifest).toMatchObject({ champion: 1, candidate: null, candidateBuckets: 0, shadow: null });
  });

  it('is undone at once by asking for what was live, or before it', () => {
    expect(reconcile({ ...input, desired: desiredOf(1) }).manifest).toMatchObject({ champion: 1, candidate: null });
    const third = publishedWhere(
      [desiredOf(1), desiredOf(2), desiredOf(3, { strategy: SWITCH })],
      (one) => one.rollout.phase === 'blue-green',
    );
    const back = reconcile({ ...input, current: third, desired: desiredOf(1) });
    expect(back.manifest).toMatchObject({ champion: 1, candidate: null, shadow: null, rollout: { phase: 'live' } });
  });
});

describe('the time of a stage', () => {
  const input = inStage({ strategy: { ...STEPS, stageDeadline: '3d' } }, 'canary');
  const end = input.current.rollout.enteredAt + 3 * DAY_US;
  const few = podsAt(input.current.serial, { 1: countsOf(20), 2: countsOf(20) });

  it('ends what has shown nothing, exactly at its deadline', () => {
    expect(reconcile({ ...input, pods: few, eventNowUs: end - 1 }).manifest).toBeNull();
    const { manifest, verdicts } = reconcile({ ...input, pods: few, eventNowUs: end });
    expect(manifest?.rollout).toMatchObject({
      phase: 'rejected',
      rejected: [{ reason: expect.stringContaining('3d') }],
    });
    expect(verdicts.at(-1)).toMatchObject({ id: 'rollout/deadline', verdict: 'fail', value: 259_200, bound: 259_200 });
  });

  it('lets a stage that passes go on, however late somebody looks', () => {
    expect(reconcile({ ...input, eventNowUs: end * 2 }).manifest?.rollout).toMatchObject({ phase: 'canary', step: 1 });
  });

  it('also runs in a freeze, but never ends what passes and only may not move on', () => {
    const desired = { ...input.desired, waits: ['the environment is frozen'] };
    expect(reconcile({ ...input, desired, eventNowUs: end * 2 }).manifest).toBeNull();
    expect(reconcile({ ...input, desired, pods: few, eventNowUs: end }).manifest?.rollout.phase).toBe('rejected');
  });

  it('never ends what is stopped for a moment in which no pod can be heard: it may have passed long ago', () => {
    const contest = inStage({ strategy: CONTEST, arms: [packageOf(3)] }, 'experiment');
    const stopped = { waits: ['what pods say cannot be read'] };
    for (const { current, desired } of [input, contest]) {
      const eventNowUs = current.rollout.enteredAt + 30 * DAY_US;
      const unheard = { current, pods: [], eventNowUs };
      expect(reconcile({ ...unheard, desired: { ...desired, ...stopped } }).manifest).toBeNull();
      const strategy = { ...desired.strategy, confirm: ['canary-2', 'live'] };
      expect(reconcile({ ...unheard, desired: { ...desired, strategy } }).manifest).toBeNull();
      expect(reconcile({ ...unheard, desired }).manifest?.rollout.phase).toBe('rejected');
    }
  });
});

it('an arm of an experiment that fails loses its units, also where the strategy has none any more', () => {
  const { current, desired, eventNowUs } = inStage({ strategy: CONTEST, arms: [packageOf(3)] }, 'experiment');
  const stopped = { ...desired, strategy: STEPS, waits: ['there is no strategy "contest"'] };
  const told = (failed: number) =>
    podsAt(current.serial, { 1: countsOf(5000), 2: countsOf(5000), 3: countsOf(5000, failed) });
  const { manifest } = reconcile({ current, desired: stopped, pods: told(4500), eventNowUs });
  expect(manifest).toMatchObject({ candidate: 2, arms: [], rollout: { rejected: [{ digest: packageOf(3).digest }] } });
  expect(reconcile({ current, desired: stopped, pods: told(0), eventNowUs }).manifest).toBeNull();
});

describe('a stage that a person must confirm', () => {
  const strategy = { ...STEPS, confirm: ['shadow', 'canary-2', 'live'] };
  const asking = (...confirmed: string[]) => ({ strategy, confirmed: new Set(confirmed) });

  it.each([
    { from: 'nothing', current: live1, asks: asking(), stage: 'shadow' },
    {
      from: 'the stage before',
      current: inStage(asking('shadow'), 'canary').current,
      asks: asking('shadow'),
      stage: 'canary-2',
    },
  ])('is not entered from $from until it is', ({ asks, current, stage }) => {
    const eventNowUs = current.rollout.enteredAt + DAY_US;
    const input = { current, pods: podsAt(current.serial, ALL), eventNowUs };
    const { manifest, reasons } = reconcile({ ...input, desired: desiredOf(2, asks) });
    expect(manifest?.rollout.phase ?? current.rollout.phase).toBe(current.rollout.phase);
    expect(reasons.join()).toContain(
      `version 2 waits for a person to confirm ${stage}: signalbox confirm m --env prod`,
    );
    const confirmed = desiredOf(2, asking('shadow', stage));
    expect(reconcile({ ...input, desired: confirmed }).manifest?.rollout).not.toEqual(current.rollout);
  });

  it('is still judged for failure while it waits', () => {
    const { current, desired } = inStage(asking('shadow'), 'canary');
    const pods = podsAt(current.serial, { ...ALL, 2: countsOf(2000, 500) });
    expect(reconcile({ desired, current, pods, eventNowUs: current.rollout.enteredAt }).manifest?.rollout.phase).toBe(
      'rejected',
    );
  });

  it('may be the way to live, with stages, without, and as the first version of all', () => {
    const current = publishedWhere([desiredOf(1), desiredOf(2, asking('shadow', 'canary-2'))]);
    expect(current.rollout).toMatchObject({ phase: 'canary', step: 1 });
    const direct = { name: 'direct', confirm: ['live'], stageDeadline: '7d', analysis: STEPS.analysis };
    const input = { pods: [], eventNowUs: DAY_US };
    expect(
      reconcile({ ...input, current: live1, desired: desiredOf(2, { strategy: direct }) }).manifest?.champion,
    ).toBe(1);
    const first = reconcile({ ...input, current: null, desired: desiredOf(1, { strategy: direct }) });
    expect(first).toMatchObject({ manifest: null, reasons: [expect.stringContaining('--stage live')] });
    const confirmed = { strategy: direct, confirmed: new Set(['live']) };
    expect(reconcile({ ...input, current: live1, desired: desiredOf(2, confirmed) }).manifest?.champion).toBe(2);
    expect(reconcile({ ...input, current: null, desired: desiredOf(1, confirmed) }).manifest?.champion).toBe(1);
  });

  it('never stands in the way of going back', () => {
    const live2 = publishedWhere([desiredOf(1), desiredOf(2)]);
    const back = reconcile({
      desired: desiredOf(1, { strategy: { ...STEPS, confirm: ['live'] } }),
      current: live2,
      pods: [],
      eventNowUs: 0,
    });
    expect(back.manifest).toMatchObject({ champion: 1, rollout: { phase: 'live' } });
  });
});

describe('the breaker of a pod', () => {
  const input = inStage({}, 'canary');
  const breaker = { version: 2, serial: input.current.serial, sinceMs: 0, reason: '5 failures in a row' };
  const verdictOf = (pods: ReconcileInput['pods']) =>
    reconcile({ ...input, pods }).verdicts.find(({ id }) => id === 'rollout/breaker');

  it('ends the rollout when enough pods ask the candidate no more', () => {
    const pods = input.pods.map((pod) => ({ ...pod, breaker }));
    expect(verdictOf(pods)).toMatchObject({ verdict: 'fail', value: 2, bound: 2 });
    expect(reconcile({ ...input, pods }).manifest?.rollout.phase).toBe('rejected');
  });

  it('only stops it from moving on when fewer do', () => {
    const [one, two] = input.pods;
    const pods = [{ ...one!, breaker }, two!];
    expect(verdictOf(pods)).toMatchObject({ verdict: 'inconclusive', value: 1 });
    expect(reconcile({ ...input, pods }).manifest).toBeNull();
  });

  it.each([
    ['another version', { ...breaker, version: 3 }],
    ['an older manifest', { ...breaker, serial: breaker.serial - 1 }],
  ])('says nothing of the candidate when it is about %s', (_about, other) => {
    expect(verdictOf(input.pods.map((pod) => ({ ...pod, breaker: other })))).toMatchObject({ verdict: 'pass' });
  });

  it('says nothing when its pod is silent', () => {
    const [one] = input.pods;
    const silent = { ...one!, pod: 'pod-3', fresh: false, breaker };
    expect(verdictOf([...input.pods, silent])).toMatchObject({ verdict: 'pass' });
  });
});

describe('a critical segment', () => {
  const segment = { name: 'night', where: 'hour < 6', critical: true, package: null };
  const strategy = { ...STEPS, analysis: { ...STEPS.analysis, segmentErrorRateMargin: 0.05 } };
  const input = inStage({ strategy, segments: [segment] }, 'canary');
  const pods = input.pods.map((pod) => ({
    ...pod,
    cells: pod.cells.flatMap((cell) => [
      cell,
      {
        ...cell,
        segment: 'night',
        asked: 320,
        units: new Array(UNIT_GROUPS).fill(10),
        latency: [],
        failed: cell.version === 2 ? { error: 100 } : {},
      },
    ]),
  }));

  it('ends a rollout that is ill for it and well on average', () => {
    const { manifest, verdicts } = reconcile({ ...input, pods });
    expect(manifest?.rollout.phase).toBe('rejected');
    expect(verdicts.filter(({ verdict }) => verdict === 'fail').map(({ id }) => id)).toContain(
      'rollout/segment-error-rate/night',
    );
  });

  it('is not judged where the release sends it elsewhere', () => {
    const pinned = inStage({ strategy, segments: [{ ...segment, package: packageOf(1) }] }, 'canary');
    const ids = reconcile(pinned).verdicts.map(({ id }) => id);
    expect(ids).not.toContain('rollout/segment-error-rate/night');
  });
});
