import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Batcher, type RowFailure } from './batcher.js';
import type { RunCallback } from './open-model.js';

/** A model that answers each row with its first value, later, when told; or fails. */
class ScriptedModel {
  readonly features = 2;
  readonly sizes: number[] = [];
  readonly #pending: (() => void)[] = [];
  broken = false;

  run(rows: Float32Array, count: number, done: RunCallback): void {
    this.sizes.push(count);
    this.#pending.push(() => {
      if (this.broken) done(null, 'broken', 0);
      else
        done(
          Float64Array.from({ length: count }, (_, row) => rows[row * 2]!),
          null,
          1,
        );
    });
  }

  finish(): boolean {
    const next = this.#pending.shift();
    next?.();
    return next !== undefined;
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('Batcher', () => {
  it('gives every caller the score of its own row, whatever the arrivals, batch bound and completions', async () => {
    const action = fc.oneof(
      { weight: 4, arbitrary: fc.constant('submit') },
      fc.constant('finish'),
      fc.constant('turn'),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 60 }), fc.integer({ min: 1, max: 7 }), async (actions, bound) => {
        const model = new ScriptedModel();
        const batcher = new Batcher(model, { maxBatchRows: bound, now: () => 0 });
        const answers = new Map<number, number[]>();
        let submitted = 0;
        for (const step of actions) {
          if (step === 'submit') {
            const id = submitted;
            submitted += 1;
            answers.set(id, []);
            batcher.submit(Float32Array.of(id, -1), 1, (score) => answers.get(id)!.push(score));
          } else if (step === 'finish') model.finish();
          else await turn();
        }
        const closed = batcher.close();
        for (let idle = 0; idle < 3; ) {
          await turn();
          idle = model.finish() ? 0 : idle + 1;
        }
        await closed;
        for (const [id, scores] of answers) expect(scores).toEqual([id]);
        expect(model.sizes.reduce((sum, size) => sum + size, 0)).toBe(submitted);
        expect(Math.max(0, ...model.sizes)).toBeLessThanOrEqual(bound);
      }),
      { numRuns: 300 },
    );
  });

  it('takes what waits while a batch runs as the next batch', async () => {
    const model = new ScriptedModel();
    const batcher = new Batcher(model, { now: () => 0 });
    batcher.submit(Float32Array.of(1, 0), 1, () => {});
    await turn();
    for (let index = 0; index < 5; index += 1) batcher.submit(Float32Array.of(index, 0), 1, () => {});
    await turn();
    expect(model.sizes).toEqual([1]);
    model.finish();
    expect(model.sizes).toEqual([1, 5]);
    model.finish();
    await batcher.close();
  });

  it('says overloaded when the queue is full, and closed after close', async () => {
    const model = new ScriptedModel();
    const batcher = new Batcher(model, { maxQueuedRows: 1, now: () => 0 });
    const failures: (RowFailure | null)[] = [];
    batcher.submit(Float32Array.of(1, 0), 1, (_, failure) => failures.push(failure));
    batcher.submit(Float32Array.of(2, 0), 1, (_, failure) => failures.push(failure));
    const closed = batcher.close();
    batcher.submit(Float32Array.of(3, 0), 1, (_, failure) => failures.push(failure));
    await turn();
    model.finish();
    await closed;
    expect(failures).toEqual([{ kind: 'overloaded' }, { kind: 'closed' }, null]);
  });

  it('times out rows that wait and rows that run, and drops their late scores', async () => {
    const model = new ScriptedModel();
    let now = 0;
    const batcher = new Batcher(model, { maxBatchRows: 1, now: () => now });
    const answers: string[] = [];
    const note = (name: string) => (score: number, failure: RowFailure | null) =>
      answers.push(`${name} ${failure?.kind ?? score}`);
    batcher.submit(Float32Array.of(1, 0), 10, note('running'));
    await turn();
    batcher.submit(Float32Array.of(2, 0), 10, note('waiting'));
    batcher.submit(Float32Array.of(3, 0), 1000, note('patient'));
    now = 10;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(answers).toEqual(['running timeout', 'waiting timeout']);
    model.finish();
    model.finish();
    expect(answers).toEqual(['running timeout', 'waiting timeout', 'patient 3']);
    expect(model.sizes).toEqual([1, 1]);
  });

  it('closes only when no row waits or runs, and leaves no timer', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const model = new ScriptedModel();
    const batcher = new Batcher(model, { now: () => 0 });
    let closed = false;
    batcher.submit(Float32Array.of(1, 0), 1, () => {});
    const closing = batcher.close().then(() => {
      closed = true;
    });
    await Promise.resolve();
    expect([closed, vi.getTimerCount()]).toEqual([false, 1]);
    await turn();
    expect(closed).toBe(false);
    model.finish();
    await closing;
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
  });

  it('hands the problem of a failed run to each of its rows, and goes on', async () => {
    const model = new ScriptedModel();
    const batcher = new Batcher(model, { now: () => 0 });
    const failures: (RowFailure | null)[] = [];
    model.broken = true;
    batcher.submit(Float32Array.of(1, 0), 1, (_, failure) => failures.push(failure));
    batcher.submit(Float32Array.of(2, 0), 1, (_, failure) => failures.push(failure));
    await turn();
    model.finish();
    model.broken = false;
    batcher.submit(Float32Array.of(3, 0), 1, (_, failure) => failures.push(failure));
    await turn();
    model.finish();
    expect(failures).toEqual([{ kind: 'error', problem: 'broken' }, { kind: 'error', problem: 'broken' }, null]);
    await batcher.close();
  });
});
