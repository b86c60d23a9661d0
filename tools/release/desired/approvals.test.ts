import type { Model, Policy, Workspace } from '@signalbox/contracts';
import { expect, it } from 'vitest';
import { emptyWorkspace, POLICY } from '../../../tests/support/release-world.js';
import { approvalsToMoveOn } from './approvals.js';

const asking = (low: number, high: number): Policy => ({
  ...POLICY,
  tiers: { low: { ...POLICY.tiers.low, approvals: low }, high: { ...POLICY.tiers.high, approvals: high } },
});

function approvals(change: {
  readonly models?: readonly string[];
  readonly policies?: Record<string, Policy>;
}): number {
  const settings = { environment: { policy: 'own' } };
  const workspace = {
    ...emptyWorkspace,
    environments: new Map([['prod', settings]]) as unknown as Workspace['environments'],
    models: new Map((change.models ?? []).map((name) => [name, { riskTier: 'low' } as Model])),
    policies: new Map(Object.entries(change.policies ?? {})),
  };
  return approvalsToMoveOn(workspace, 'prod', 'late');
}

it('as many people must agree as the model’s tier asks', () => {
  expect(approvals({ models: ['late'], policies: { own: asking(1, 2) } })).toBe(1);
  expect(approvals({ models: ['late'], policies: { own: asking(0, 2), other: asking(3, 3) } })).toBe(0);
});

it('where the model card cannot be read, as many as the strictest tier of the policy asks', () => {
  expect(approvals({ policies: { own: asking(0, 2), other: asking(3, 3) } })).toBe(2);
  expect(approvals({ policies: { own: asking(0, 0), other: asking(3, 3) } })).toBe(0);
});

it('where the policy cannot be read, as many as the strictest of all the others, and at least one', () => {
  expect(approvals({ models: ['late'], policies: { other: asking(0, 3), third: asking(2, 1) } })).toBe(3);
  expect(approvals({ models: ['late'], policies: { other: asking(0, 0) } })).toBe(1);
  expect(approvals({ models: ['late'] })).toBe(1);
});
