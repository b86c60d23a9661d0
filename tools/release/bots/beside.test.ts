import { describe, expect, it } from 'vitest';
import type { PromotionOutcome, PromotionQuestion } from '../promotion/index.js';
import { botsBeside } from './beside.js';

const QUESTION = {} as PromotionQuestion;
const MERGED: PromotionOutcome = { model: 'late', version: 2, number: 1, state: 'merged', problem: null };

describe('bots beside the passes of a daemon', () => {
  /** A forge that answers when it is told to. */
  function slowForge() {
    const calls: ((answer: readonly PromotionOutcome[] | Error) => void)[] = [];
    const ensure = () =>
      new Promise<readonly PromotionOutcome[]>((resolve, reject) => {
        calls.push((answer) => (answer instanceof Error ? reject(answer) : resolve(answer)));
      });
    const bots = botsBeside({ promotions: { ensure }, withdrawals: { ensure: async () => null } });
    return { bots, calls };
  }

  it('keep no pass waiting, ask one thing at a time, and answer a later pass', async () => {
    const { bots, calls } = slowForge();
    expect(await bots.promotions.ensure(QUESTION)).toEqual([]);
    expect(await bots.promotions.ensure(QUESTION)).toEqual([]);
    expect(calls).toHaveLength(1);
    calls[0]!([MERGED]);
    await bots.settled();
    expect(await bots.promotions.ensure(QUESTION)).toEqual([MERGED]);
    await Promise.resolve();
    expect(calls).toHaveLength(2);
    calls[1]!([]);
    await bots.settled();
    expect(await bots.promotions.ensure(QUESTION)).toEqual([]);
  });

  it('give a later pass what went wrong, once', async () => {
    const { bots, calls } = slowForge();
    await bots.promotions.ensure(QUESTION);
    calls[0]!(new Error('a bug'));
    await bots.settled();
    await expect(bots.promotions.ensure(QUESTION)).rejects.toThrow('a bug');
    expect(await bots.promotions.ensure(QUESTION)).toEqual([]);
  });

  it('close what an emergency left open without keeping the pass waiting', async () => {
    const closed: unknown[] = [];
    const closeEnded = async (published: readonly unknown[]) => {
      await Promise.resolve();
      closed.push(...published);
    };
    const bots = botsBeside({
      promotions: { ensure: async () => [] },
      withdrawals: { ensure: async () => null, closeEnded },
    });
    const published = [{}] as never;
    await bots.withdrawals.closeEnded?.(published);
    await bots.settled();
    expect(closed).toEqual(published);
  });
});
