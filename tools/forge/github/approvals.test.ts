import { describe, expect, it } from 'vitest';
import { approvalsOf, type GithubReview, mayApprove } from './approvals.js';

const review = (login: string, state: string, commit = 'c1'): GithubReview => ({
  ...{ user: { login, type: 'User' }, state, commit_id: commit, submitted_at: '2001-01-01T00:00:00Z' },
});
const by = (...reviews: GithubReview[]) => approvalsOf(reviews).map((one) => `${one.by} ${one.commit}`);

describe('approvals', () => {
  it("are each person's last word", () => {
    expect(by(review('ada', 'APPROVED'), review('grace', 'APPROVED'))).toEqual(['ada c1', 'grace c1']);
    expect(by(review('ada', 'APPROVED'), review('ada', 'APPROVED', 'c2'))).toEqual(['ada c2']);
    expect(by(review('ada', 'CHANGES_REQUESTED'), review('ada', 'APPROVED'))).toEqual(['ada c1']);
  });

  it.each(['CHANGES_REQUESTED', 'DISMISSED'])('end with %s', (state) => {
    expect(by(review('ada', 'APPROVED'), review('ada', state))).toEqual([]);
  });

  it.each(['COMMENTED', 'PENDING'])('are not touched by what is %s', (state) => {
    expect(by(review('ada', 'APPROVED'), review('ada', state, 'c2'))).toEqual(['ada c1']);
  });

  it('are none of bots, of accounts that are gone, and of commits that are', () => {
    const bot = { ...review('bot', 'APPROVED'), user: { login: 'bot', type: 'Bot' } };
    expect(
      by(bot, { ...review('x', 'APPROVED'), user: null }, { ...review('y', 'APPROVED'), commit_id: null }),
    ).toEqual([]);
  });

  it('count of those who may write', () => {
    expect(['admin', 'maintain', 'write', 'triage', 'read', 'none', ''].filter(mayApprove)).toEqual([
      ...['admin', 'maintain', 'write'],
    ]);
  });
});
