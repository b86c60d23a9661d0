import { describe, expect, it } from 'vitest';
import { describeProposal } from './describe-proposal.js';

describe('a proposal in one line', () => {
  const proposal = { model: 'late', version: 3, package: 'sha256:ab', pullRequest: { number: 7 } };

  it.each([
    [{ letThrough: true, numberTaken: false }, 'late version 3 is proposed: pull request 7, sha256:ab'],
    [{ letThrough: false, numberTaken: false }, 'The gates refuse this candidate of late: pull request 7 says why'],
    [
      { letThrough: false, numberTaken: true },
      'The version number of this branch of late is another version on the main branch by now: rebase onto it and propose again (pull request 7)',
    ],
  ])('says of %o what to do', (outcome, said) => {
    expect(describeProposal({ ...proposal, ...outcome })).toBe(said);
  });
});
