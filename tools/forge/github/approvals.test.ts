import { describe, expect, it } from 'vitest';
import { type GithubReview, lastWordsOf, maySay } from './approvals.js';

const review = (login: string, state: string, commit = 'c1'): GithubReview => ({
  ...{ user: { login, type: 'User' }, state, commit_id: commit, submitted_at: '2001-01-01T00:00:00Z' },
});
const by = (...reviews: GithubReview[]) => lastWordsOf(reviews).approvals.map((one) => `${one.by} ${one.commit}`);

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
    expect(['admin', 'maintain', 'write', 'triage', 'read', 'none', ''].filter(maySay)).toEqual([
      ...['admin', 'maintain', 'write'],
    ]);
  });
});

describe('requests for changes', () => {
  const objectors = (...reviews: GithubReview[]) => lastWordsOf(reviews).objectors;
  const asked = review('ada', 'CHANGES_REQUESTED');

  it('stand whatever is pushed or said by others after them', () => {
    expect(objectors(asked, review('grace', 'APPROVED', 'c2'), review('ada', 'COMMENTED', 'c2'))).toEqual(['ada']);
    expect(objectors(asked, { ...review('grace', 'CHANGES_REQUESTED'), commit_id: null })).toEqual(['ada', 'grace']);
    expect(objectors(review('ada', 'APPROVED'), asked)).toEqual(['ada']);
  });

  it.each(['APPROVED', 'DISMISSED'])('end with %s', (state) => {
    expect(objectors(asked, review('ada', state, 'c2'))).toEqual([]);
  });

  it('are none of bots, and of accounts that are gone', () => {
    const bot = { ...asked, user: { login: 'bot', type: 'Bot' } };
    expect(objectors(bot, { ...asked, user: null })).toEqual([]);
  });
});
