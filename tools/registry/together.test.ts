import { describe, expect, it } from 'vitest';
import type { Pipeline } from './pipeline.js';
import { together } from './together.js';

const person = new AbortController();
const PIPELINE = { signal: person.signal } as Pipeline;

/** Ends when it is stopped, and says that it has. */
function work(told: string[]): (pipeline: Pipeline) => Promise<never> {
  return ({ signal }) =>
    new Promise((_, reject) => {
      signal.addEventListener('abort', () =>
        setImmediate(() => {
          told.push('stopped');
          reject(signal.reason);
        }),
      );
    });
}

describe('two steps at once', () => {
  it('answer both', async () => {
    const both = together(
      PIPELINE,
      async () => 1,
      async () => 'b',
    );
    expect(await both).toEqual([1, 'b']);
  });

  it('fail with the error of the first to fail, once the other has stopped', async () => {
    const told: string[] = [];
    const failure = new Error('no rows');
    await expect(together(PIPELINE, work(told), () => Promise.reject(failure))).rejects.toBe(failure);
    expect(told).toEqual(['stopped']);
  });

  it('stop when a person does', async () => {
    const told: string[] = [];
    const reason = new Error('stopped by a person');
    const both = together(PIPELINE, work(told), work(told));
    person.abort(reason);
    await expect(both).rejects.toBe(reason);
    expect(told).toEqual(['stopped', 'stopped']);
  });
});
