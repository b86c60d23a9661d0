import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestBytes, type RolloutManifest } from '@signalbox/contracts';
import { TRUST_LIMITS } from '@signalbox/serving/trust';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryBranch, toolsOf } from '../../../tests/simulations/branch-world.js';
import { MemoryStore } from '../../../tests/support/memory-world.js';
import { digestOf, recordOf, worldDocuments } from '../../../tests/support/release-world.js';
import { buildRoot, type KeySet, mintKeys } from '../../trust/index.js';
import { runDaemon, sleep } from './daemon.js';
import { type PassResult, runPass } from './pass.js';
import { SYNC_DEADLINE_MS } from './sync.js';

const PROD = 'releases/prod/environment.yaml';
const CARD = 'models/late/model.yaml';
const HELD = {
  [`releases/prod/holds/${digestOf(2).slice('sha256:'.length)}.yaml`]: {
    ...{ model: 'late', reason: 'bad', since: '2001-01-01', by: 'a person' },
  },
};
const asks = (version: number) => ({ 'releases/prod/late.yaml': { version, strategy: 'direct' } });
const changed = (path: string, change: object) => ({
  [path]: { ...(worldDocuments()[path] as object), ...change },
});

describe('what was merged although it is far off', () => {
  const nowMs = Date.now();
  let dir: string;
  let keys: KeySet;
  let rootBytes: Uint8Array;
  let branch: MemoryBranch;
  let store: MemoryStore;
  let last: PassResult | null;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'signalbox-bounds-'));
    keys = await mintKeys({ dir, environment: 'prod' });
    rootBytes = buildRoot(keys, { nowMs });
  });
  afterAll(() => rm(dir, { recursive: true }));
  beforeEach(async () => {
    [branch, store, last] = [new MemoryBranch(), new MemoryStore(), null];
    for (const version of [1, 2]) await pass(asks(version));
    expect(late()).toMatchObject({ champion: 2, previousChampion: 1 });
  });

  async function pass(documents: Readonly<Record<string, unknown>>): Promise<PassResult> {
    branch.push(documents);
    last = await runPass(toolsOf({ store, branch: branch.view(), keys, rootBytes, wallNow: () => nowMs }), last);
    return last;
  }

  const late = (): RolloutManifest => last!.models.find(({ model }) => model === 'late')!.manifest!;

  it('lets a hold take a version back where timestamps would expire at once', async () => {
    const settings = changed(PROD, { timestampValidity: '0s' });
    await pass({ ...asks(2), ...settings, ...HELD });
    expect(late()).toMatchObject({ serial: 3, champion: 1 });
    expect(last!.published.verified.roles.timestamp.expiresAtMs - nowMs).toBeGreaterThan(298_000);
  });

  it.each([
    ['a hold', { ...asks(2), ...HELD }],
    ['a rollback', asks(1)],
  ])('lets %s take a version back where a card gives pods no time to answer', async (_, documents) => {
    const { serving } = worldDocuments()[CARD] as { serving: object };
    await pass({ ...documents, ...changed(CARD, { serving: { ...serving, timeout: '0s' } }) });
    expect(late()).toMatchObject({ serial: 3, champion: 1, limits: { timeoutMs: 150 } });
  });

  it('lets a version be taken back where there is one model more than pods take', async () => {
    const extra = {
      'models/extra/model.yaml': worldDocuments()[CARD],
      'models/extra/versions/1.yaml': recordOf(1, { package: { digest: digestBytes('extra'), sizeBytes: 10 } }),
      'releases/prod/extra.yaml': { version: 1, strategy: 'direct' },
    };
    const limits: { models: number } = TRUST_LIMITS;
    const usual = limits.models;
    limits.models = 1;
    try {
      const { models } = await pass({ ...asks(1), ...extra });
      expect(late()).toMatchObject({ serial: 3, champion: 1 });
      expect(models[0]).toMatchObject({ model: 'extra', manifest: null, changed: false });
      expect(models[0]!.reasons[0]).toMatch(/^waits, because pods take at most 1 models/);
    } finally {
      limits.models = usual;
    }
  });

  it.each([
    ['0s', 100],
    ['30d', 3_600_000],
  ])('makes no daemon look without a pause: a poll of %s is one of %i ms', async (poll, ms) => {
    branch.push({ ...asks(2), ...changed(PROD, { reconcile: { poll } }) });
    const stop = new AbortController();
    const waits = stopAtFirstWait(stop);
    try {
      const told = () => expect.fail('nothing goes wrong');
      await runDaemon({
        tools: toolsOf({ store, branch: branch.view(), keys, rootBytes, wallNow: () => nowMs }),
        ...{ signal: stop.signal, random: () => 0.5, onFailure: told, onRecovered: told },
        ...{ onOutcome: () => {}, onWithdrawal: () => {}, onPromotion: () => {}, onHeldUp: () => {} },
      });
    } finally {
      vi.restoreAllMocks();
    }
    expect(waits).toEqual([ms]);
  });

  /** Answers how long the waits are; the deadline of the forge is none. */
  function stopAtFirstWait(stop: AbortController): readonly (number | undefined)[] {
    const waits: (number | undefined)[] = [];
    const real = globalThis.setTimeout;
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, ms?: number) => {
      if (ms !== SYNC_DEADLINE_MS) {
        waits.push(ms);
        queueMicrotask(() => stop.abort());
      }
      return real(run, ms);
    }) as typeof setTimeout);
    return waits;
  }

  it('is no wait of no time at all, as timers would have it', async () => {
    vi.useFakeTimers();
    try {
      let isOver = false;
      const stop = new AbortController();
      const slept = sleep(30 * 86_400_000, stop.signal).then(() => {
        isOver = true;
      });
      await vi.advanceTimersByTimeAsync(3_600_000);
      expect(isOver).toBe(false);
      stop.abort();
      await slept;
    } finally {
      vi.useRealTimers();
    }
  });
});
