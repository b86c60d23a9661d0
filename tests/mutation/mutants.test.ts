import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readMutants, staleMutants } from './mutants.js';

describe('the mutants', () => {
  it('change code that is there', async () => {
    const mutants = await readMutants();
    expect(mutants.length).toBeGreaterThan(200);
    expect(await staleMutants(fileURLToPath(new URL('../..', import.meta.url)), mutants)).toEqual([]);
  });
});
