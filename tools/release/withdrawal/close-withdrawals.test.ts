import { expect, it } from 'vitest';
import type { PullRequestSummary } from '../../forge/index.js';
import { closeWithdrawals } from './close-withdrawals.js';

const author = { name: 'Ada', email: 'ada@example.com' };
const about = { environment: 'prod', model: 'late', version: 2 };
const HEADS = [
  'withdraw/prod/late-v2',
  'withdraw/prod/late-v2-7',
  'withdraw.prod.late-v2-8',
  'withdraw/prod/late-v22',
  'withdraw/prod/late-v2-x',
  'rollback/prod/late-v2',
];

const forgeThat = (close: (number: number) => Promise<void>) => ({
  listPullRequests: async () => HEADS.map((head, at) => ({ head, number: at + 1 }) as PullRequestSummary),
  close,
});

it('what was to take a version back is closed once a person has decided, under whatever name it was opened', async () => {
  const closed: number[] = [];
  const forge = forgeThat(async (number) => void closed.push(number));
  expect(await closeWithdrawals({ forge, author }, about, 'Rolled back.')).toBeNull();
  expect(closed).toEqual([1, 2, 3]);
});

it('what cannot be closed is told, since the decision is merged by then', async () => {
  const forge = forgeThat(() => Promise.reject(new Error('GitHub is away')));
  const left = await closeWithdrawals({ forge, author }, about, 'Rolled back.');
  expect(left).toBe(
    'Close any open pull request of withdraw/prod/late-v2: merged later, it would take this back. It could not be closed (GitHub is away).',
  );
});
