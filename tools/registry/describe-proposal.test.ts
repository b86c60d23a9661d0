import { describe, expect, it } from 'vitest';
import { describeProposal } from './describe-proposal.js';
import type { Obstacle } from './speak/index.js';
import { stopOf } from './stop.js';

const GATES: Obstacle = { kind: 'refused', sentence: 'late: The gates refuse the candidate.' };
const TAKEN: Obstacle = { kind: 'taken', sentence: 'late: Version 3 is another one.' };
const UNTRUSTED: Obstacle = {
  kind: 'untrusted',
  sentence: 'late: The verdict is not taken: its signature.json is missing.',
};

describe('a proposal in one line', () => {
  const proposal = { model: 'late', version: 3, package: 'sha256:ab', pullRequest: { number: 7 } };

  it.each([
    [{ letThrough: true, numberTaken: false, obstacles: [] }, 'late version 3 is proposed: pull request 7, sha256:ab'],
    [
      { letThrough: false, numberTaken: false, obstacles: [GATES] },
      'The gates refuse this candidate of late: pull request 7 says why',
    ],
    [
      { letThrough: false, numberTaken: false, obstacles: [UNTRUSTED] },
      'late is not proposed as a version (pull request 7). late: The verdict is not taken: its signature.json is missing.',
    ],
    [
      { letThrough: false, numberTaken: true, obstacles: [TAKEN] },
      'The version number of this branch of late is another version on the main branch by now: rebase onto it and propose again (pull request 7)',
    ],
  ])('says of %o what to do', (outcome, said) => {
    expect(describeProposal({ ...proposal, ...outcome })).toBe(said);
  });
});

describe('a pull request that something other than the gates stopped', () => {
  it('keeps the report where the gates alone refuse, or nothing does', () => {
    expect(stopOf('late', [])).toBeNull();
    expect(stopOf('late', [GATES])).toBeNull();
  });

  it('says what stopped it in its title and body, and nothing of words of others but their text', () => {
    const missing: Obstacle = { kind: 'missing', sentence: 'other: @octocat changes it.' };
    expect(stopOf('late', [GATES, missing])).toEqual({
      title: 'late: not everything that it changes was judged',
      body: '## ❌ late: this cannot be merged\n\n- late: The gates refuse the candidate.\n- other: `@octocat` changes it.\n',
    });
    expect(stopOf('late', [TAKEN])?.title).toBe('late: its version number is taken: rebase and propose again');
  });
});
