import type { Hold } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import {
  countsOf,
  desiredOf,
  HOUR_US,
  packageOf,
  podsAt,
  publishedWhere,
  STEPS,
} from '../../../tests/support/rollout-fixtures.js';
import type { Desired } from './input.js';
import { reconcile } from './reconcile.js';

const digest = (version: number) => packageOf(version).digest;
const later = 150 * HOUR_US;
const hold = (...versions: number[]): ReadonlyMap<string, Hold> =>
  new Map(versions.map((one) => [digest(one), { model: 'm', reason: 'it is wrong', since: '2001-04-01', by: 'Ada' }]));

const live1 = publishedWhere([desiredOf(1)]);
const shadow2 = publishedWhere([desiredOf(1), desiredOf(2)], (one) => one.rollout.phase === 'shadow');
const canary2 = publishedWhere([desiredOf(1), desiredOf(2)], (one) => one.rollout.phase === 'canary');
const live2 = publishedWhere([desiredOf(1), desiredOf(2)]);

describe('reconcile', () => {
  it('puts the first version of a model live at once and says why', () => {
    const { manifest, reasons } = reconcile({ desired: desiredOf(1), current: null, pods: [], eventNowUs: null });
    expect(manifest).toMatchObject({
      serial: 1,
      previous: null,
      champion: 1,
      candidate: null,
      packages: [packageOf(1)],
    });
    expect(reasons[0]).toContain('nothing to compare it with');
  });

  it('takes a version through shadow and each canary step to live, and keeps the one before warm', () => {
    const seen: string[] = [];
    publishedWhere([desiredOf(1), desiredOf(2)], ({ candidateBuckets, rollout, shadow }) => {
      seen.push(`${rollout.phase} ${rollout.step} ${candidateBuckets} ${shadow?.buckets ?? 0}`);
      return false;
    });
    expect(seen).toEqual(['live 0 0 0', 'shadow 0 0 1000', 'canary 0 1000 0', 'canary 1 5000 0', 'live 0 0 0']);
    expect(live2).toMatchObject({
      serial: 5,
      champion: 2,
      previousChampion: 1,
      packages: [packageOf(2), packageOf(1)],
    });
  });

  it('moves on only when pods, time, sample and error rate all pass', () => {
    const { enteredAt } = canary2.rollout;
    const input = { desired: desiredOf(2), current: canary2, eventNowUs: enteredAt + HOUR_US };
    const good = { 1: countsOf(900), 2: countsOf(100) };
    expect(reconcile({ ...input, pods: podsAt(canary2.serial, good) }).manifest?.rollout.step).toBe(1);
    const waits = [
      { ...input, pods: podsAt(canary2.serial, good), eventNowUs: enteredAt + HOUR_US - 1 },
      { ...input, pods: podsAt(canary2.serial, { ...good, 2: countsOf(99) }) },
      { ...input, pods: podsAt(canary2.serial - 1, good) },
      { ...input, pods: podsAt(canary2.serial, good).slice(1) },
      { ...input, pods: podsAt(canary2.serial, good).map((pod) => ({ ...pod, frozen: true })) },
      { ...input, pods: podsAt(canary2.serial, good).map((pod) => ({ ...pod, fresh: false })) },
      { ...input, pods: podsAt(canary2.serial, good).map((pod) => ({ ...pod, problem: 'segment 2 is missing' })) },
      { ...input, pods: podsAt(canary2.serial, { ...good, 2: countsOf(100, 3) }) },
      { ...input, pods: podsAt(canary2.serial, { 2: countsOf(100) }) },
      { ...input, pods: podsAt(canary2.serial, good), eventNowUs: null },
    ];
    const open = waits.map((one) => {
      const { manifest, verdicts } = reconcile(one);
      expect(manifest).toBeNull();
      return verdicts.filter((verdict) => verdict.verdict !== 'pass').map(({ id, verdict }) => `${id} ${verdict}`);
    });
    expect(open).toEqual([
      ['rollout/duration inconclusive'],
      ['rollout/sample inconclusive'],
      ['rollout/pods no-data', 'rollout/sample inconclusive', 'rollout/error-rate no-data'],
      ['rollout/pods no-data', 'rollout/sample inconclusive', 'rollout/error-rate no-data'],
      ['rollout/pods no-data', 'rollout/sample inconclusive', 'rollout/error-rate no-data'],
      ['rollout/pods no-data', 'rollout/sample inconclusive', 'rollout/error-rate no-data'],
      ['rollout/pods no-data', 'rollout/sample inconclusive', 'rollout/error-rate no-data'],
      ['rollout/error-rate inconclusive'],
      ['rollout/error-rate no-data'],
      ['rollout/duration no-data'],
    ]);
  });

  it('takes all traffic from a candidate that fails, before its time and sample are reached, and keeps it out', () => {
    const pods = podsAt(canary2.serial, { 1: countsOf(900, 1), 2: countsOf(40, 12) });
    const input = { desired: desiredOf(2), current: canary2, pods, eventNowUs: canary2.rollout.enteredAt };
    const { manifest, verdicts } = reconcile(input);
    expect(manifest).toMatchObject({
      champion: 1,
      candidate: null,
      candidateBuckets: 0,
      rollout: { phase: 'rejected' },
    });
    expect(manifest?.rollout.rejected).toEqual([
      expect.objectContaining({
        digest: digest(2),
        serial: canary2.serial + 1,
        reason: expect.stringContaining('12 of 40'),
      }),
    ]);
    expect(verdicts.map((one) => one.verdict)).toContain('fail');
    const still = reconcile({ ...input, current: manifest, eventNowUs: later });
    expect(still.manifest).toBeNull();
    expect(still.reasons[0]).toContain('--re-promote');
  });

  it('still takes all traffic from a candidate that fails while its documents are wrong', () => {
    const desired = desiredOf(2, { waits: ['gate quality/auc said fail'] });
    const at = { desired, current: canary2, eventNowUs: later };
    const failing = reconcile({ ...at, pods: podsAt(canary2.serial, { 1: countsOf(900, 1), 2: countsOf(40, 12) }) });
    expect(failing.manifest).toMatchObject({ candidate: null, rollout: { phase: 'rejected' } });
    const passing = reconcile({ ...at, pods: podsAt(canary2.serial, { 1: countsOf(900), 2: countsOf(900) }) });
    expect(passing.manifest).toBeNull();
    expect(passing.reasons).toEqual(['version 2 waits: gate quality/auc said fail']);
    expect(passing.verdicts.every(({ verdict }) => verdict === 'pass')).toBe(true);
  });

  it('waits with a canary that gets no traffic, however long, and says what it waits for', () => {
    const pods = podsAt(canary2.serial, { 1: countsOf(5000) });
    const { manifest, reasons, verdicts } = reconcile({
      desired: desiredOf(2),
      current: canary2,
      pods,
      eventNowUs: later,
    });
    expect(manifest).toBeNull();
    expect(reasons).toEqual(['canary step 1 of 2 (10 %) waits for sample (inconclusive), error-rate (no-data)']);
    expect(verdicts.find(({ id }) => id === 'rollout/sample')?.sentence).toBe(
      'The candidate got 0 of at least 100 requests.',
    );
  });

  it('waits when the champion vanished: nothing is left to be compared with', () => {
    const pods = podsAt(canary2.serial, { 2: countsOf(5000) });
    const { manifest, verdicts } = reconcile({ desired: desiredOf(2), current: canary2, pods, eventNowUs: later });
    expect(manifest).toBeNull();
    const open = verdicts.filter(({ verdict }) => verdict !== 'pass');
    expect(open).toMatchObject([{ id: 'rollout/error-rate', verdict: 'no-data' }]);
    expect(open[0]!.sentence).toContain('champion');
  });

  it('counts the rule and the fallback for nobody: only what the champion and the candidate did themselves', () => {
    const pods = podsAt(canary2.serial, { 1: countsOf(900), 2: countsOf(900) }).map((pod) => ({
      ...pod,
      cells: pod.cells.map((cell) => ({ ...cell, route: cell.route === 'champion' ? 'rule' : 'fallback' }) as const),
    }));
    const { manifest, verdicts } = reconcile({ desired: desiredOf(2), current: canary2, pods, eventNowUs: later });
    expect(manifest).toBeNull();
    expect(verdicts.find(({ id }) => id === 'rollout/error-rate')?.verdict).toBe('no-data');
  });

  it('ignores a hold of a package that never existed', () => {
    const nobody = new Map([[digest(9), { model: 'm', reason: 'a slip', since: '2001-04-01', by: 'Ada' }]]);
    const good = podsAt(canary2.serial, { 1: countsOf(900), 2: countsOf(900) });
    const input = { current: canary2, pods: good, eventNowUs: later };
    const held = reconcile({ ...input, desired: desiredOf(2, { holds: nobody }) });
    expect(held).toEqual(reconcile({ ...input, desired: desiredOf(2) }));
    expect(held.manifest?.rollout.step).toBe(1);
  });

  it('names the pods that it does not believe, and goes on with the others where they are enough', () => {
    const [one, two] = podsAt(canary2.serial, { 1: countsOf(900), 2: countsOf(900) });
    const partial = { ...two!, pod: 'pod-3', problem: 'segment 2 of its evidence is missing' };
    const input = { desired: desiredOf(2), current: canary2, eventNowUs: later };
    const enough = reconcile({ ...input, pods: [one!, two!, partial] });
    expect(enough.manifest?.rollout.step).toBe(1);
    expect(enough.verdicts[0]!.sentence).toContain('pod-3 is left out: segment 2 of its evidence is missing');
    const few = reconcile({ ...input, pods: [one!, partial] });
    expect(few.manifest).toBeNull();
    expect(few.verdicts[0]).toMatchObject({ id: 'rollout/pods', verdict: 'no-data' });
    const troubled = ['a', 'b', 'c', 'd', 'e'].map((pod) => ({ ...partial, pod }));
    expect(reconcile({ ...input, pods: troubled }).verdicts[0]!.sentence).toContain('; 2 more are left out');
  });

  it('does not end a rollout for one unlucky request', () => {
    const pods = podsAt(canary2.serial, { 1: countsOf(900), 2: countsOf(2, 2) });
    const { manifest, verdicts } = reconcile({ desired: desiredOf(2), current: canary2, pods, eventNowUs: later });
    expect(manifest).toBeNull();
    expect(verdicts.at(-1)).toMatchObject({ id: 'rollout/error-rate', verdict: 'inconclusive' });
  });

  it('starts a rejected version again from its first step once a newer commit promotes it again', () => {
    const pods = podsAt(canary2.serial, { 1: countsOf(900), 2: countsOf(40, 12) });
    const rejected = reconcile({ desired: desiredOf(2), current: canary2, pods, eventNowUs: later }).manifest!;
    const again = reconcile({
      desired: desiredOf(2, { repromoted: true }),
      current: rejected,
      pods: [],
      eventNowUs: later,
    });
    expect(again.manifest).toMatchObject({
      candidate: 2,
      candidateBuckets: 0,
      rollout: { phase: 'shadow', rejected: [] },
    });
    expect(again.manifest?.salt).not.toBe(canary2.salt);
  });

  it('goes back in one pass and without steps to what was live before', () => {
    const { manifest, reasons } = reconcile({ desired: desiredOf(1), current: live2, pods: [], eventNowUs: null });
    expect(manifest).toMatchObject({
      champion: 1,
      candidate: null,
      serial: live2.serial + 1,
      rollout: { phase: 'live' },
    });
    expect(manifest?.packages).toEqual([packageOf(1)]);
    expect(reasons[0]).toContain('without steps');
  });

  it('makes a version that was rolled back take its steps when it comes forward again', () => {
    const back = reconcile({ desired: desiredOf(1), current: live2, pods: [], eventNowUs: later }).manifest!;
    const forward = reconcile({ desired: desiredOf(2), current: back, pods: [], eventNowUs: later });
    expect(forward.manifest).toMatchObject({ champion: 1, candidate: 2, rollout: { phase: 'shadow' } });
  });

  it('withdraws a candidate at once when the champion is asked for again', () => {
    const { manifest } = reconcile({ desired: desiredOf(1), current: canary2, pods: [], eventNowUs: later });
    expect(manifest).toMatchObject({ champion: 1, candidate: null, candidateBuckets: 0, rollout: { phase: 'live' } });
  });

  it('starts another candidate at step 0 with units drawn anew', () => {
    const { manifest } = reconcile({ desired: desiredOf(3), current: canary2, pods: [], eventNowUs: later });
    expect(manifest).toMatchObject({ candidate: 3, candidateBuckets: 0, rollout: { phase: 'shadow', step: 0 } });
    expect(manifest?.salt).not.toBe(canary2.salt);
    expect(manifest?.packages.map((one) => one.version)).toEqual([1, 3]);
  });

  it('starts again when the strategy changes under a rollout', () => {
    const strategy = { ...STEPS, shadow: undefined, canary: { steps: [{ ...STEPS.canary!.steps[0]!, weight: 0.02 }] } };
    const { shadow: _none, ...withoutShadow } = strategy;
    const input = { desired: desiredOf(2, { strategy: withoutShadow }), current: canary2, pods: [], eventNowUs: later };
    const { manifest, reasons } = reconcile(input);
    expect(manifest).toMatchObject({ candidateBuckets: 200, rollout: { phase: 'canary', step: 0, enteredAt: later } });
    expect(reasons[0]).toContain('strategy of version 2 changed');
  });

  it('puts a version live at once when its strategy has no steps', () => {
    const strategy = { name: 'direct', stageDeadline: '7d', analysis: STEPS.analysis };
    const { manifest } = reconcile({ desired: desiredOf(2, { strategy }), current: live1, pods: [], eventNowUs: null });
    expect(manifest).toMatchObject({ champion: 2, previousChampion: 1, candidate: null });
  });

  it('waits to start a timed stage until an event has told the time', () => {
    const { manifest, reasons } = reconcile({ desired: desiredOf(2), current: live1, pods: [], eventNowUs: null });
    expect(manifest).toMatchObject({ champion: 1, candidate: null });
    expect(reasons[0]).toContain('no event has told the time');
  });

  it('takes all traffic from what a hold names, and brings back what was live before', () => {
    const held = reconcile({
      desired: desiredOf(2, { holds: hold(2) }),
      current: canary2,
      pods: [],
      eventNowUs: later,
    });
    expect(held.manifest).toMatchObject({
      champion: 1,
      candidate: null,
      candidateBuckets: 0,
      rollout: { phase: 'held' },
    });
    const left = reconcile({ desired: desiredOf(2, { holds: hold(2) }), current: live2, pods: [], eventNowUs: later });
    expect(left.manifest).toMatchObject({ champion: 1, rollout: { phase: 'held' } });
    expect(left.reasons[0]).toContain('it is wrong');
  });

  it('serves on with a held version when there is nothing else to serve', () => {
    const { manifest, reasons } = reconcile({
      desired: desiredOf(1, { holds: hold(1) }),
      current: live1,
      pods: [],
      eventNowUs: later,
    });
    expect(manifest).toMatchObject({ champion: 1, rollout: { phase: 'held' } });
    expect(reasons[0]).toContain('nothing else is loaded');
    const never = reconcile({ desired: desiredOf(1, { holds: hold(1) }), current: null, pods: [], eventNowUs: later });
    expect(never.manifest).toBeNull();
  });

  it('does not flee from one held version to another', () => {
    const { manifest } = reconcile({
      desired: desiredOf(2, { holds: hold(1, 2) }),
      current: live2,
      pods: [],
      eventNowUs: later,
    });
    expect(manifest).toMatchObject({ champion: 2, previousChampion: 1, rollout: { phase: 'held' } });
  });

  it('says of a held version that nobody asks for any more that it serves on, and what to do', () => {
    const held = { current: live2, pods: [], eventNowUs: later };
    const alone = reconcile({ ...held, desired: desiredOf(3, { holds: hold(1, 2, 3) }) });
    expect(alone.manifest).toMatchObject({ champion: 2, candidate: null });
    expect(alone.reasons.join('\n')).toMatch(/version 2 is live and held by .*: it serves on, because nothing else/);
    expect(reconcile({ ...held, desired: desiredOf(3, { holds: hold(2) }) }).reasons.join()).not.toContain('serves on');
  });

  it('leaves a held version at once for any that was live here, and takes steps to any other', () => {
    const settled = reconcile({ desired: desiredOf(1), current: live2, pods: [], eventNowUs: later }).manifest!;
    const away = { current: settled, pods: [], eventNowUs: later };
    const back = reconcile({ ...away, desired: desiredOf(2, { holds: hold(1), wasLive: true }) });
    expect(back.manifest).toMatchObject({ champion: 2, candidate: null, previousChampion: null });
    expect(back.reasons).toEqual([
      'version 2 was live before and version 1 is held: it is live again at once, without steps',
    ]);
    expect(reconcile({ ...away, desired: desiredOf(2, { wasLive: true }) }).manifest).toMatchObject({ champion: 1 });
    expect(reconcile({ ...away, desired: desiredOf(2, { holds: hold(1) }) }).manifest).toMatchObject({ candidate: 2 });
    const stepping = reconcile({ ...away, desired: desiredOf(2) }).manifest!;
    const midway = { ...away, current: stepping, desired: desiredOf(2, { holds: hold(1), wasLive: true }) };
    expect(reconcile(midway).manifest).toMatchObject({ champion: 2, candidate: null });
    const bad = reconcile({ ...away, desired: desiredOf(2, { holds: hold(1, 2), wasLive: true }) });
    expect(bad.manifest).toMatchObject({ champion: 1, rollout: { phase: 'held' } });
  });

  it('never dates a stage before the one that it follows, whatever the event clock does', () => {
    for (const eventNowUs of [null, 0]) {
      const { manifest } = reconcile({ desired: desiredOf(1), current: live2, pods: [], eventNowUs });
      expect(manifest?.rollout.enteredAt).toBe(live2.rollout.enteredAt);
    }
    const begun = reconcile({ desired: desiredOf(3), current: live2, pods: [], eventNowUs: 0 });
    expect(begun.manifest?.rollout.enteredAt).toBe(live2.rollout.enteredAt);
  });

  it.each([
    ['the number of what is live by another package', 2, 4],
    ['the number of what was live before by another package', 1, 4],
    ['what is live by another number', 3, 2],
    ['what was live before by another number', 3, 1],
  ])('moves nothing where Git asks for %s', (_what, version, other) => {
    const desired = desiredOf(version, { package: { ...packageOf(other), version } });
    const { manifest, reasons } = reconcile({ desired, current: live2, pods: [], eventNowUs: later });
    expect(manifest ?? live2).toMatchObject({ champion: 2, previousChampion: 1, candidate: null });
    expect(reasons).toEqual([expect.stringContaining('a number is never used twice, and no package has two')]);
  });

  it.each([
    ['the fallback', { fallback: { ...packageOf(1), version: 3 } }],
    ['a pin', { segments: [{ name: 'x', where: 'true', critical: false, package: { ...packageOf(1), version: 3 } }] }],
  ])('lets nothing answer as %s that is another version by its package', (_what, beside) => {
    const change: readonly Partial<Desired>[] = [beside, { ...beside, waits: ['it waits'] }];
    for (const one of change) {
      const input = { desired: desiredOf(2, one), current: live2, pods: [], eventNowUs: later };
      const { manifest } = reconcile(input);
      expect((manifest ?? live2).packages.map(({ version }) => version)).toEqual([2, 1]);
    }
  });

  it('carries a changed rule, timeout and fallback without moving traffic, and gives the stage its whole time to count anew', () => {
    const desired = desiredOf(2, {
      rule: '0.2',
      limits: { timeoutMs: 90, priority: 'normal', costClass: null },
      fallback: packageOf(3),
    });
    const { manifest } = reconcile({ desired, current: shadow2, pods: [], eventNowUs: later });
    expect(manifest).toMatchObject({
      rule: '0.2',
      limits: { timeoutMs: 90 },
      fallback: 3,
      rollout: { phase: 'shadow' },
    });
    expect(manifest?.rollout.enteredAt).toBe(later);
    expect(manifest?.packages.map((one) => one.version)).toEqual([1, 2, 3]);
    const without = reconcile({
      desired: { ...desired, holds: hold(3) },
      current: shadow2,
      pods: [],
      eventNowUs: later,
    });
    expect(without.manifest?.fallback).toBeNull();
    expect(without.reasons.at(-1)).toContain('fallback version 3 is left out');
  });
});
