import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type PassResult, type PassTools, runPass } from '../../tools/release/index.js';
import { buildRoot, type KeySet, mintKeys } from '../../tools/trust/index.js';
import { MemoryBranch, toolsOf } from '../simulations/branch-world.js';
import { MemoryStore } from './memory-world.js';

/** A reconciler over a branch and a store in memory, new for each test of a suite: a story of passes that costs no process. */
export function memoryStory() {
  let dir: string;
  let keys: KeySet;
  let rootBytes: Uint8Array;
  let store: MemoryStore;
  let branch: MemoryBranch;
  let last: PassResult | null;

  const loseStore = (): void => {
    [store, last] = [new MemoryStore(), null];
  };
  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'signalbox-story-'));
    keys = await mintKeys({ dir, environment: 'prod' });
    rootBytes = buildRoot(keys, { nowMs: Date.now() });
  });
  afterAll(() => rm(dir, { recursive: true }));
  beforeEach(() => {
    branch = new MemoryBranch();
    loseStore();
  });

  return {
    get store(): MemoryStore {
      return store;
    },
    get branch(): MemoryBranch {
      return branch;
    },
    loseStore,
    /** What a pass makes of `late` once Git says so. */
    async after(documents: Readonly<Record<string, unknown>>, tools: Partial<PassTools> = {}) {
      branch.push(documents);
      const about = { store, branch: branch.view(), keys, rootBytes, wallNow: Date.now };
      last = await runPass({ ...toolsOf(about), ...tools }, last);
      return last.models.find(({ model }) => model === 'late')!;
    },
  };
}
