import { describe, expect, it } from 'vitest';
import { describeVerdict, describeWithdrawal } from './describe.js';

it('says of which condition a verdict is, since two may say the same', () => {
  const waits = { verdict: 'no-data', sentence: 'No pod has answered yet.' } as const;
  expect(['rollout/pods', 'rollout/sample'].map((id) => describeVerdict({ id, ...waits }))).toEqual([
    'no-data rollout/pods: No pod has answered yet.',
    'no-data rollout/sample: No pod has answered yet.',
  ]);
});

describe('what is said of a withdrawal', () => {
  const about = { model: 'late', version: 3, number: 7, problem: null };

  it('names the request and what is to be done with it', () => {
    expect(describeWithdrawal({ ...about, state: 'open' })).toBe(
      'version 3 of late is to be taken back: pull request #7 is open, merge it',
    );
    expect(describeWithdrawal({ ...about, state: 'merged' })).toContain('#7 was merged, and it is asked for again');
    expect(describeWithdrawal({ ...about, state: 'closed' })).toContain('#7 was closed');
  });

  it('says why there is none yet', () => {
    const failed = { ...about, number: null, state: 'failed', problem: 'the forge is away' } as const;
    expect(describeWithdrawal(failed)).toContain('no pull request could be opened yet (the forge is away)');
  });
});
