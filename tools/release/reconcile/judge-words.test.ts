import { expect, it } from 'vitest';
import { countsOf, desiredOf, podsAt, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import type { Desired } from './input.js';
import { reconcile } from './reconcile.js';

const canary2 = publishedWhere([desiredOf(1), desiredOf(2)], ({ rollout }) => rollout.phase === 'canary');

function said(desired: Desired, count: number): string {
  const pods = podsAt(canary2.serial, { 1: countsOf(900), 2: countsOf(900) }).slice(0, count);
  const eventNowUs = canary2.rollout.enteredAt + 1_000_000;
  const { verdicts } = reconcile({ desired, current: canary2, pods, eventNowUs });
  return verdicts.map(({ sentence }) => sentence).join(' ');
}

it('what was measured is counted as people say it', () => {
  const canary = { steps: [{ weight: 0.1, minDuration: '2s', minSample: 10 }] };
  const quick = desiredOf(2, { minPods: 1, strategy: { ...desiredOf(2).strategy, canary } });
  expect(said(quick, 1)).toMatch(/^1 pod reports from serial .* 1 second of event time of at least 2s[.]/);
  expect(said(quick, 0)).toMatch(/^0 of at least 1 pod report from/);
  expect(said(desiredOf(2), 2)).toMatch(/^2 pods report from serial .* 0 minutes of event time of at least 1h[.]/);
});
