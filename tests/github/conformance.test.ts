import { expect, vi } from 'vitest';
import { LocalForge } from '../../tools/forge/index.js';
import { testForge } from './forge-conformance.js';
import { forgeOn, GRACE_TOKEN, mirrorOf, serverOn, skipPauses } from './world.js';

testForge('local', async (repository) => {
  const forge = await LocalForge.open(repository.forge, () => 0);
  return { forge, reviewer: { open: async () => forge, name: 'Grace' }, end: async () => undefined };
});

testForge('github', async (repository) => {
  const [server, mirror] = [serverOn(repository), await mirrorOf(repository)];
  skipPauses();
  return {
    forge: await forgeOn(server, mirror),
    reviewer: { open: () => forgeOn(server, mirror, GRACE_TOKEN), name: 'grace' },
    async end() {
      vi.useRealTimers();
      expect(server.violations).toEqual([]);
    },
  };
});
