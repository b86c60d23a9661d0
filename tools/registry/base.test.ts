import { rm } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestRepository, type TestRepository } from '../../tests/support/git-repository.js';
import { baseCommit } from './base.js';

describe('the commit that a candidate is judged against', () => {
  let world: TestRepository;
  let said: string[];
  beforeEach(async () => {
    world = await createTestRepository();
    said = [];
  });
  afterEach(() => world.remove());
  const base = () => baseCommit(world.git, (line) => said.push(line));
  const commitLocally = () => world.git.run(['commit', '--quiet', '--allow-empty', '-m', 'Not pushed']);

  it('is the main branch of the forge, whatever the local one says', async () => {
    const pushed = await world.commit({ file: 'one' });
    await commitLocally();
    expect(await base()).toBe(pushed);
    expect(said).toEqual([]);
  });

  it('is the main branch as last fetched when the forge cannot be reached, and that is said', async () => {
    const pushed = await world.commit({ file: 'one' });
    await commitLocally();
    await rm(world.forge, { recursive: true });
    expect(await base()).toBe(pushed);
    expect(said).toEqual([
      `origin cannot be fetched from; judged against its main as fetched before (${pushed.slice(0, 12)})`,
    ]);
  });

  it('is nothing when the forge cannot be reached and never was', async () => {
    await commitLocally();
    await rm(world.forge, { recursive: true });
    await expect(base()).rejects.toThrow(/git fetch/);
  });

  it('is the local main branch while the forge is empty', async () => {
    await commitLocally();
    expect(await base()).toBe(await world.git.requireCommit('main'));
  });
});
