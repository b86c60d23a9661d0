import { expect, vi } from 'vitest';
import { LocalForge } from '../../tools/forge/index.js';
import { testForge } from './forge-conformance.js';
import { GRACE_TOKEN, githubWorldOn, skipPauses } from './world.js';

testForge('local', async (repository) => {
  const forge = await LocalForge.open(repository.forge, () => 0);
  return { forge, reviewer: { open: async () => forge, name: 'Grace' }, end: async () => undefined };
});

testForge('github', async (repository) => {
  const world = await githubWorldOn(repository);
  skipPauses();
  return {
    forge: await world.open(),
    reviewer: { open: () => world.open(GRACE_TOKEN), name: 'grace' },
    async end() {
      vi.useRealTimers();
      await world.remove();
      expect(world.server.violations).toEqual([]);
    },
  };
});
