import { expect, it } from 'vitest';
import type { ReleaseChangeResult } from '../../release/index.js';
import { changeAnswer } from './release-options.js';

const RESULT: ReleaseChangeResult = {
  ...{ number: 7, title: 'Go back', branch: 'b', commit: 'c'.repeat(40), merged: 'd'.repeat(40), missingApprovals: 0 },
  ...{ objection: null, leftToDo: null, plan: { summary: [], changes: [], notes: [], stopped: false } },
};

it('what was merged answers as done, with what is left to do', () => {
  const left = 'Close the other one.';
  const { exitCode, text } = changeAnswer({ ...RESULT, leftToDo: left }, { merge: true });
  expect([exitCode, text!.split('\n').at(-1)]).toEqual([undefined, left]);
  expect(changeAnswer(RESULT, { merge: true }).text).not.toContain(left);
});

it('what was merged to a branch that lacks what is published is not taken up at the next poll', () => {
  expect(changeAnswer(RESULT, { merge: true }).text).toContain('takes it up at its next poll');
  const { text } = changeAnswer({ ...RESULT, plan: { ...RESULT.plan, stopped: true } }, { merge: true });
  expect(text).toContain('takes it up once the main branch is restored, and');
});
