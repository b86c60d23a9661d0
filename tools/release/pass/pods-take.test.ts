import type { RolloutManifest } from '@signalbox/contracts';
import { describe, expect, it } from 'vitest';
import { desiredOf, packageOf } from '../../../tests/support/rollout-fixtures.js';
import { reconcile } from '../reconcile/index.js';
import { asPodsTakeThem } from './pods-take.js';

const DIRECT = {
  name: 'direct',
  stageDeadline: '7d',
  analysis: { errorRateMargin: 0.05, confidence: 0.95, metrics: [] },
};
const NOTHING = { limits: { timeoutMs: 0, priority: 'normal', costClass: null } } as const;

function decide(version: number, current: RolloutManifest | null, change = {}) {
  const desired = desiredOf(version, { strategy: DIRECT, ...change });
  const decision = reconcile({ desired, current, pods: [], eventNowUs: 1_000_000 });
  const published = new Map(current === null ? [] : [['m', current] as const]);
  return asPodsTakeThem([{ model: 'm', decision }], { environment: 'prod', published })[0]!.decision;
}

describe('limits that pods would refuse', () => {
  const first = decide(1, null).manifest!;
  const second = decide(2, first).manifest!;

  it('stay as published while a version is taken back', () => {
    const holds = new Map([[packageOf(2).digest, { model: 'm', reason: 'bad', since: '2001-01-01', by: 'a person' }]]);
    const held = decide(2, second, { ...NOTHING, holds });
    expect(held.manifest).toMatchObject({ champion: 1, serial: 3, limits: second.limits });
    expect(held.reasons.join(' ')).toMatch(/the published rule and limits stay: .*timeoutMs/);
    expect(decide(1, second, NOTHING).manifest).toMatchObject({ champion: 1, limits: second.limits });
  });

  it('change nothing by themselves, in a stage neither, which would begin anew with each pass', () => {
    const alone = decide(2, second, NOTHING);
    expect(alone.manifest).toBeNull();
    expect(alone.reasons.join(' ')).toMatch(/^waits, because pods would refuse its next manifest/);
    const canary = decide(2, first, { strategy: desiredOf(2).strategy }).manifest!;
    expect(canary.candidate).toBe(2);
    expect(decide(2, canary, { ...NOTHING, strategy: desiredOf(2).strategy }).manifest).toBeNull();
  });

  it('keep a first manifest waiting', () => {
    expect(decide(1, null, NOTHING).manifest).toBeNull();
  });
});
