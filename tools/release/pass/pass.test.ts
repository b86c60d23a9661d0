import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RolloutManifest, SignalboxError } from '@signalbox/contracts';
import { timestampKey } from '@signalbox/serving/trust';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryBranch, toolsOf } from '../../../tests/simulations/branch-world.js';
import { MemoryStore } from '../../../tests/support/memory-world.js';
import { podAt, recordOf, reportTo, worldDocuments } from '../../../tests/support/release-world.js';
import { buildRoot, type KeySet, mintKeys, type TrustPublisher } from '../../trust/index.js';
import { type PassResult, type PassTools, runPass } from './pass.js';
import { SYNC_DEADLINE_MS } from './sync.js';

const HOUR_MS = 3_600_000;
const GOOD = { 1: [900, 0], 2: [200, 0] } as const;
const BAD = { 1: [900, 0], 2: [50, 20] } as const;

describe('a pass', () => {
  const startMs = Date.now();
  let dir: string;
  let keys: KeySet;
  let rootBytes: Uint8Array;
  let store: MemoryStore;
  let branch: MemoryBranch;
  let wallMs: number;
  let monotonicMs: number;
  let last: PassResult | null;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), 'signalbox-pass-'));
    keys = await mintKeys({ dir, environment: 'prod' });
    rootBytes = buildRoot(keys, { nowMs: startMs });
  });
  afterAll(() => rm(dir, { recursive: true }));
  beforeEach(() => {
    store = new MemoryStore();
    branch = new MemoryBranch();
    [wallMs, monotonicMs, last] = [startMs, 0, null];
  });

  async function pass(change: Partial<PassTools> = {}): Promise<PassResult> {
    const tools = toolsOf({ store, branch: branch.view(), keys, rootBytes, wallNow: () => wallMs });
    last = await runPass({ ...tools, monotonicNow: () => monotonicMs, ...change }, last);
    return last;
  }

  const late = ({ models }: PassResult): RolloutManifest => models.find(({ model }) => model === 'late')!.manifest!;
  const reasons = ({ models }: PassResult): string => models.find(({ model }) => model === 'late')!.reasons.join('; ');
  const report = (serial: number, counts: Parameters<typeof podAt>[2]) =>
    reportTo(store, [podAt('pod-1', serial, counts)]);

  /** Version 2 stands in the first step of its canary, serial 2, and has shown enough to move on. */
  async function canaryThatMayMoveOn(counts: Parameters<typeof podAt>[2] = GOOD): Promise<void> {
    branch.ask(1);
    await pass();
    branch.ask(2);
    expect(late(await pass())).toMatchObject({ serial: 2, candidate: 2, rollout: { step: 0 } });
    await report(2, counts);
  }

  describe('whose forge cannot be asked', () => {
    const sync = () => Promise.reject(new SignalboxError('git/failed', 'no route to host'));

    it('moves nothing on, and says why', async () => {
      await canaryThatMayMoveOn();
      const held = await pass({ sync });
      expect(late(held).serial).toBe(2);
      expect(held.heldUp).toEqual(['the forge cannot be asked what the main branch is now: no route to host']);
      expect(reasons(held)).toContain('no route to host');
      expect(late(await pass())).toMatchObject({ serial: 3, rollout: { step: 1 } });
    });

    it('or that does not answer, keeps nobody waiting', async () => {
      await canaryThatMayMoveOn(BAD);
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      try {
        const judged = pass({ sync: () => new Promise<void>(() => undefined) });
        await vi.advanceTimersByTimeAsync(SYNC_DEADLINE_MS);
        expect(late(await judged).rollout.phase).toBe('rejected');
        expect(last!.heldUp[0]).toContain('no answer within 10 s');
      } finally {
        vi.useRealTimers();
      }
    });

    it('still takes the traffic from a version that fails', async () => {
      await canaryThatMayMoveOn(BAD);
      expect(late(await pass({ sync })).rollout.phase).toBe('rejected');
    });
  });

  it('that cannot read what pods say moves nothing on, and still carries out a revert', async () => {
    await canaryThatMayMoveOn();
    const evidence = { read: () => Promise.reject(new SignalboxError('store/unavailable', 'the store is gone')) };
    expect(reasons(await pass({ evidence }))).toContain('what pods say cannot be read: the store is gone');
    branch.ask(1);
    expect(late(await pass({ evidence }))).toMatchObject({ serial: 3, champion: 1, candidate: null });
  });

  describe('after the clock of its machine jumped', () => {
    it.each([
      ['forward', 5 * HOUR_MS],
      ['back', -5 * HOUR_MS],
    ])('%s moves nothing on in that pass, and signs by the time that really passed', async (way, jumpMs) => {
      await canaryThatMayMoveOn();
      const before = last!.published.verified.roles.timestamp;
      [wallMs, monotonicMs] = [wallMs + jumpMs + HOUR_MS, monotonicMs + HOUR_MS];
      await reportTo(store, [{ ...podAt('pod-1', 2, GOOD), status: at(wallMs) }]);
      const held = await pass();
      expect(late(held).serial).toBe(2);
      expect(held.heldUp[0]).toContain(`jumped ${way}`);
      expect(held.signed).toBe('timestamp');
      expect(held.published.verified.roles.timestamp.expiresAtMs - before.expiresAtMs).toBe(HOUR_MS);
      expect((await pass()).heldUp).toEqual([]);
    });

    const at = (nowMs: number) => ({ ...podAt('pod-1', 2, GOOD).status, writtenAtMs: nowMs, startedAtMs: nowMs });

    it('still takes the traffic from a version that fails', async () => {
      await canaryThatMayMoveOn(BAD);
      // By more than two clocks may disagree, and by less than what makes a pod silent.
      wallMs += 12_000;
      const judged = await pass();
      expect(judged.heldUp).toHaveLength(1);
      expect(late(judged).rollout.phase).toBe('rejected');
    });

    it('lets no stage run out of a time that did not pass', async () => {
      await canaryThatMayMoveOn({ 1: [900, 0], 2: [5, 0] });
      const weekMs = 7 * 24 * HOUR_MS;
      [wallMs, monotonicMs] = [wallMs + weekMs, monotonicMs + 0.25];
      await reportTo(store, [{ ...podAt('pod-1', 2, { 1: [900, 0], 2: [5, 0] }), status: at(wallMs) }]);
      const held = await pass();
      expect(late(held)).toMatchObject({ serial: 2, rollout: { phase: 'canary' } });
      const ids = held.models.flatMap(({ verdicts }) => verdicts.map(({ id }) => id));
      expect(ids).toContain('rollout/sample');
      expect(ids).not.toContain('rollout/deadline');
      // What the clock says on and on is the time.
      expect(late(await pass()).rollout.phase).toBe('rejected');
    });

    it('dates what it decides by whole moments', async () => {
      await canaryThatMayMoveOn(BAD);
      [wallMs, monotonicMs] = [wallMs + 12_000, monotonicMs + 0.25];
      expect(late(await pass()).rollout).toMatchObject({ phase: 'rejected', enteredAt: startMs * 1000 });
    });

    it('signs anew what a clock in the future had signed', async () => {
      branch.ask(1);
      wallMs += 100 * HOUR_MS;
      const ahead = (await pass()).published.verified.roles.timestamp;
      [wallMs, last] = [startMs, null];
      const { published, signed } = await pass();
      expect(signed).toBe('timestamp');
      expect(published.verified.roles.timestamp.expiresAtMs).toBeLessThan(ahead.expiresAtMs);
    });
  });

  describe('over a store or a branch that answers what was before', () => {
    it('decides nothing by an older timestamp than it has seen', async () => {
      branch.ask(1);
      await pass();
      const old = new Map(store.objects);
      branch.ask(2, 'direct');
      await pass();
      const now = store.objects.get(timestampKey('prod'))!;
      store.objects.set(timestampKey('prod'), old.get(timestampKey('prod'))!);
      await expect(pass()).rejects.toMatchObject({ code: 'store/stale', retryable: true });
      store.objects.set(timestampKey('prod'), now);
      expect((await pass()).signed).toBe('nothing');
    });

    it('does not begin anew where a store says that nothing was ever published', async () => {
      branch.ask(1);
      await pass();
      store.objects.clear();
      await expect(pass()).rejects.toMatchObject({ code: 'store/stale' });
      expect(store.objects.size).toBe(0);
    });

    it('decides nothing by an older head than it has seen, even one from which nothing was published', async () => {
      await canaryThatMayMoveOn();
      const freeze = { reason: 'holidays', from: '2001-01-01', to: '2101-01-01', by: 'Ada' };
      branch.push({
        'releases/prod/late.yaml': { version: 2, strategy: 'canary' },
        'releases/prod/freezes/now.yaml': freeze,
      });
      expect(reasons(await pass())).toContain('frozen until 2101-01-01');
      await expect(pass({ branch: branch.view(() => 1) })).rejects.toMatchObject({ code: 'store/stale' });
      expect(late(await pass()).serial).toBe(2);
    });

    it('refuses a head that lost what is published, and keeps what stands fresh', async () => {
      branch.ask(1);
      branch.ask(1);
      await pass();
      const before = last!.published.verified.roles.timestamp.version;
      [wallMs, monotonicMs] = [wallMs + 2 * HOUR_MS, monotonicMs + 2 * HOUR_MS];
      await expect(pass({ branch: branch.view(() => 0) })).rejects.toMatchObject({ code: 'git/not-a-descendant' });
      expect((await pass()).published.verified.roles.timestamp.version).toBe(before + 1);
    });
  });

  it('holds back one model whose document is broken, and no other', async () => {
    branch.push({
      'releases/prod/late.yaml': { version: 1, strategy: 'canary' },
      'releases/prod/broken.yaml': { version: 'many' },
    });
    const { models } = await pass();
    expect(models.map(({ changed, model }) => [model, changed])).toEqual([
      ['broken', false],
      ['late', true],
    ]);
  });

  describe('in which something goes wrong that nobody foresaw', () => {
    const bug = () => Promise.reject(new TypeError('x is not a function'));
    const told = /x is not a function, in \S*bug: a bug of Signalbox \(internal\/bug\), please report it/;

    it('holds the model that it is about, says so, and publishes the others', async () => {
      branch.push({
        'releases/prod/late.yaml': { version: 1, strategy: 'direct' },
        'models/early/model.yaml': worldDocuments()['models/late/model.yaml'],
        'models/early/versions/1.yaml': recordOf(1),
        'releases/prod/early.yaml': { version: 1, strategy: 'direct' },
      });
      const view = branch.view();
      const history = async (head: string) => {
        const known = await view.history(head);
        return { ...known, packagesOf: (model: string) => (model === 'early' ? bug() : Promise.resolve([])) };
      };
      const { models } = await pass({ branch: { ...view, history } });
      expect(models.map(({ changed, model }) => [model, changed])).toEqual([
        ['early', false],
        ['late', true],
      ]);
      expect(models[0]!.reasons.join()).toMatch(told);
    });

    it('moves nothing on where it is about what pods say, and still carries out a revert', async () => {
      await canaryThatMayMoveOn();
      const evidence = { read: bug };
      const held = await pass({ evidence });
      expect(late(held)).toMatchObject({ candidate: 2, rollout: { step: 0 } });
      expect(held.heldUp.join()).toMatch(told);
      branch.ask(1);
      expect(late(await pass({ evidence }))).toMatchObject({ champion: 1, candidate: null });
    });

    it('publishes all the same where the reasons cannot be kept', async () => {
      branch.ask(1);
      const write = store.write.bind(store);
      store.write = (key, ...rest) => (key.startsWith('decisions/') ? bug() : write(key, ...rest));
      const result = await pass();
      expect(late(result).champion).toBe(1);
      expect(reasons(result)).toMatch(/the reasons could not be kept: /);
      expect(reasons(result)).toMatch(told);
    });
  });

  it('sends a segment to what was live here before, and not to what was gated against another version', async () => {
    const card = worldDocuments()['models/late/model.yaml'] as { serving: object };
    const night = { name: 'night', where: 'value > 0.0' };
    const pinned = (version: number, to: number) =>
      branch.push({
        'models/late/model.yaml': { ...card, serving: { ...card.serving, segments: [night] } },
        'releases/prod/late.yaml': { version, strategy: 'direct', segments: { night: { version: to } } },
      });
    branch.ask(1, 'direct');
    await pass();
    pinned(1, 3);
    const held = await pass();
    expect(late(held).segments).toEqual([]);
    expect(reasons(held)).toContain('the release waits: version 3, which the release names too: its gates compared it');
    for (const version of [2, 3]) {
      branch.ask(version, 'direct');
      await pass();
    }
    pinned(3, 1);
    expect(late(await pass()).segments).toMatchObject([{ name: 'night', version: 1 }]);
  });

  describe('that would publish what pods refuse', () => {
    const models = (change: object, release: object = {}) => {
      const { 'models/late/model.yaml': card } = worldDocuments();
      branch.push({
        'releases/prod/late.yaml': { version: 1, strategy: 'direct' },
        'models/early/model.yaml': card,
        ...Object.fromEntries([1, 2].map((one) => [`models/early/versions/${one}.yaml`, recordOf(one)])),
        'releases/prod/early.yaml': { version: 1, strategy: 'direct', ...release },
      });
      // As if no check of documents had found it.
      Object.assign(branch.heads.at(-1)!.workspace.models.get('early')!.serving, change);
    };
    const changed = ({ models: all }: PassResult) => all.map((one) => [one.model, one.changed]);
    const reasonsOf = (result: PassResult, model: string) =>
      result.models.find((one) => one.model === model)!.reasons.join('; ');
    const night = { name: 'night', where: 'value > 0.0', critical: false };

    it.each([
      ['a key that the schema does not take', { priority: 'urgent' }, '`limits/priority` must be equal to constant'],
      ['a segment twice', { segments: [night, night] }, 'the manifest lists a segment twice'],
      ['a text without a canonical form', { rule: '\ud800' }, 'a bug of Signalbox (internal/bug), please report it'],
      ['more than pods read', { segments: [{ ...night, where: ' '.repeat(300_000) }] }, 'at most 262144 are taken'],
    ])('holds that model alone: %s', async (_about, change, reason) => {
      models(change);
      const held = await pass();
      expect(changed(held)).toEqual([
        ['early', false],
        ['late', true],
      ]);
      expect(reasonsOf(held, 'early')).toMatch(/^waits, because (pods would refuse its next manifest|of an error): /);
      expect(reasonsOf(held, 'early')).toContain(reason);
      models({});
      expect(changed(await pass())).toEqual([
        ['early', true],
        ['late', false],
      ]);
    });
  });

  it('takes the traffic from a version that fails, whatever the pods that say so write as their reason', async () => {
    for (const reason of ['x'.repeat(300_000), 'evil \ud800']) {
      [store, branch, last] = [new MemoryStore(), new MemoryBranch(), null];
      await canaryThatMayMoveOn();
      const { cells, status } = podAt('pod-1', 2, { 1: [900, 0], 2: [200, 150] });
      const breaker = { version: 2, serial: 2, sinceMs: 1, reason };
      const said = { ...status.models.late!, breaker, rejected: { serial: 2, reason, versions: [] } };
      await reportTo(store, [{ cells, status: { ...status, models: { late: said } } }]);
      expect(late(await pass())).toMatchObject({ serial: 3, candidate: null, rollout: { phase: 'rejected' } });
    }
  });

  it('publishes nothing with keys that the root does not name', async () => {
    branch.ask(1);
    const others = await mintKeys({ dir: join(dir, 'others'), environment: 'prod' });
    const publisher: Omit<TrustPublisher, 'timestampValidityMs'> = {
      ...{ store, environment: 'prod', rootBytes, keys: others },
      wallNow: () => wallMs,
    };
    await expect(pass({ publisher })).rejects.toMatchObject({ code: 'trust/unverified' });
    expect(store.objects.has(timestampKey('prod'))).toBe(false);
  });
});
