import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MS_PER_DAY, MS_PER_HOUR } from '@signalbox/contracts';
import { timestampKey } from '@signalbox/serving/trust';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MemoryBranch, toolsOf } from '../../../tests/simulations/branch-world.js';
import { MemoryStore } from '../../../tests/support/memory-world.js';
import { buildRoot, type KeySet, loadKeys, mintKeys, rotateKey } from '../../trust/index.js';
import { runPass } from './pass.js';

describe('a reconciler whose keys were rotated elsewhere', () => {
  const store = new MemoryStore();
  const branch = new MemoryBranch();
  let dir: string;
  let old: KeySet;
  let rootBytes: Uint8Array;
  let wallMs: number;

  beforeEach(async () => {
    store.objects.clear();
    dir = await mkdtemp(join(tmpdir(), 'signalbox-old-keys-'));
    wallMs = Date.now();
    old = await mintKeys({ dir, environment: 'prod' });
    rootBytes = buildRoot(old, { nowMs: wallMs });
    branch.ask(1);
    await pass(old);
  });
  afterEach(() => rm(dir, { recursive: true }));

  const pass = (keys: KeySet) =>
    runPass(toolsOf({ store, branch: branch.view(), keys, rootBytes, wallNow: () => wallMs }), null);
  const rotate = (kind: 'rollout' | 'snapshot' | 'timestamp') =>
    rotateKey({
      ...{ dir, environment: 'prod', kind, rootBytes, store },
      ...{ timestampValidityMs: MS_PER_DAY, wallNow: () => wallMs },
    });

  it.each(['rollout', 'snapshot', 'timestamp'] as const)(
    'fails before it has to publish anything: %s',
    async (kind) => {
      await rotate(kind);
      await expect(pass(old)).rejects.toMatchObject({
        code: 'trust/unverified',
        message: `this reconciler cannot publish to prod: the newest root names none of its ${kind} keys`,
        hint: expect.stringContaining('signalbox keys export --env prod'),
      });
      expect(await pass(await loadKeys({ dir, environment: 'prod' }))).toMatchObject({ signed: 'nothing' });
    },
  );

  it.each([
    ['nothing to publish', 'snapshot', 1],
    ['something to publish', 'rollout', 2],
    ['something to publish', 'snapshot', 2],
  ] as const)(
    'keeps the timestamp fresh by the key that it has for that, with %s and an old %s key',
    async (_what, kind, asked) => {
      await rotate(kind);
      branch.ask(asked);
      const before = store.objects.get(timestampKey('prod'));
      wallMs += MS_PER_HOUR;
      await expect(pass(old)).rejects.toMatchObject({ code: 'trust/unverified' });
      expect(store.objects.get(timestampKey('prod'))).not.toEqual(before);
    },
  );
});
