import { digestJson, type RolloutManifest } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { desiredOf, packageOf, publishedWhere, STEPS } from '../../../tests/support/rollout-fixtures.js';
import { reconcile } from './reconcile.js';

const HOLD = { model: 'm', reason: 'it is wrong', since: '2001-04-01', by: 'Ada' };
const held = (...versions: number[]) => new Map(versions.map((one) => [packageOf(one).digest, HOLD]));
const DIRECT = { name: 'direct', stageDeadline: '7d', analysis: STEPS.analysis };
const live2 = publishedWhere([desiredOf(1), desiredOf(2)]);

/** Version 2 was live; version 1 was made live by hand, and version 4 is what it went back from before. */
const byHand: RolloutManifest = {
  ...{ ...live2, champion: 1, previousChampion: 4, serial: live2.serial + 1, previous: digestJson(live2) },
  packages: [packageOf(1), packageOf(4), packageOf(3)],
  fallback: 3,
  rollout: { ...live2.rollout, emergency: { by: 'Ada', reason: 'the forge is down', atMs: 0 } },
};
const at = { current: byHand, pods: [], eventNowUs: live2.rollout.enteredAt };

describe('a manifest that was signed by hand', () => {
  it.each([
    ['another version', desiredOf(2)],
    ['a third version without steps', desiredOf(3, { strategy: DIRECT })],
    [
      'other limits and another rule',
      desiredOf(2, { rule: '0.2', limits: { timeoutMs: 9, priority: 'best-effort', costClass: null } }),
    ],
    ['the version that was rejected, again', desiredOf(2, { repromoted: true })],
    ['its package by another number', desiredOf(5, { package: { ...packageOf(1), version: 5 } })],
    ['segments', desiredOf(2, { segments: [{ name: 'atl', where: 'true', critical: false, package: packageOf(4) }] })],
    ['a version in a freeze', desiredOf(2, { waits: ['frozen'] })],
  ])('is left alone as a whole while Git asks for %s', (_what, desired) => {
    const { manifest, reasons } = reconcile({ ...at, desired });
    expect(manifest).toBeNull();
    expect(reasons[0]).toContain(`End-emergency: prod/m@${byHand.serial}`);
  });

  it('loses its mark, and no more, once Git asks for what it made live', () => {
    const { manifest, reasons } = reconcile({ ...at, desired: desiredOf(1, { fallback: packageOf(3) }) });
    expect(manifest).toMatchObject({
      champion: 1,
      serial: byHand.serial + 1,
      rollout: { phase: 'live', emergency: null },
    });
    expect(reasons).toEqual(['the emergency of Ada is over: Git asks for version 1, which serves']);
  });

  it('loses its mark when a commit ends it: what Git asks for then takes its steps', () => {
    const { manifest, reasons } = reconcile({ ...at, desired: desiredOf(2, { emergencyEnded: true }) });
    expect(manifest).toMatchObject({ champion: 1, candidate: 2, rollout: { phase: 'shadow', emergency: null } });
    expect(reasons[0]).toContain('a commit says so');
  });

  it.each([STEPS, DIRECT])('stands on when a hold leads from what it made live to what was live before', (strategy) => {
    const holds = held(1);
    const { manifest, reasons } = reconcile({ ...at, desired: desiredOf(2, { holds, strategy }) });
    expect(manifest).toMatchObject({
      ...{ champion: 4, previousChampion: null, candidate: null, fallback: 3 },
      rollout: { phase: 'live', emergency: { by: 'Ada' } },
    });
    expect(reasons[1]).toContain('version 4 serves by the emergency of Ada (the forge is down) and Git still asks for');
    const then = { ...at, current: manifest! };
    expect(reconcile({ ...then, desired: desiredOf(2, { holds, strategy }) }).manifest).toBeNull();
    const level = reconcile({ ...then, desired: desiredOf(4, { holds }) });
    expect(level.manifest).toMatchObject({ champion: 4, rollout: { phase: 'live', emergency: null } });
    const ended = reconcile({ ...then, desired: desiredOf(2, { holds, emergencyEnded: true }) });
    expect(ended.manifest).toMatchObject({ champion: 4, candidate: 2, rollout: { emergency: null } });
  });

  it('is over at once when a hold leads to the version that Git asks for, or a commit ends it', () => {
    const level = reconcile({ ...at, desired: desiredOf(4, { holds: held(1) }) });
    expect(level.manifest).toMatchObject({ champion: 4, candidate: null, rollout: { phase: 'live', emergency: null } });
    const ended = reconcile({ ...at, desired: desiredOf(2, { holds: held(1), emergencyEnded: true }) });
    expect(ended.manifest).toMatchObject({ champion: 4, candidate: 2, rollout: { phase: 'shadow', emergency: null } });
  });

  it('serves on when nothing is loaded that a hold could lead to', () => {
    const nowhere = reconcile({ ...at, desired: desiredOf(2, { holds: held(1, 4) }) });
    expect(nowhere.manifest).toBeNull();
    // To promote another version would move nothing.
    expect(nowhere.reasons[1]).toContain('serves on while the emergency stands, whatever is promoted: end it by that');
    expect(nowhere.reasons.join()).not.toContain('promote or roll back');
  });

  it('loses a fallback that a hold names', () => {
    const { manifest } = reconcile({ ...at, desired: desiredOf(2, { holds: held(3) }) });
    expect(manifest).toMatchObject({ champion: 1, fallback: null, rollout: { emergency: { by: 'Ada' } } });
  });
});
