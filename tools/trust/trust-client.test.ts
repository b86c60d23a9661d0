import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canonicalJson } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { TrustClient } from '@signalbox/serving/trust';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CountingStore } from '../../tests/support/counting-store.js';
import { ENVIRONMENT, MODEL, manifestOf, TrustFixture } from '../../tests/support/trust-fixture.js';
import { Forger } from './forger.oracle.js';
import { type Published, publish, resign } from './index.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

describe('the trust client', () => {
  let fixture: TrustFixture;
  let current: Published;

  beforeEach(async () => {
    fixture = await TrustFixture.create();
    current = await fixture.publishNext(await fixture.initialise());
  });
  afterEach(() => fixture.remove());

  const serialOf = (client: TrustClient): number | undefined => client.manifests.get(MODEL)?.serial;
  const counted = (failsAt: number | null = null): CountingStore => new CountingStore(fixture.store, { failsAt });

  it('reads one object when nothing has changed', async () => {
    const store = counted();
    const client = await fixture.openClient(store);
    await client.poll();
    store.operations = 0;
    expect((await client.poll()).status).toBe('unchanged');
    expect(store.operations).toBe(1);
  });

  it('checks everything again when an hour has passed without a change', async () => {
    const store = counted();
    const client = await fixture.openClient(store);
    await client.poll();
    fixture.offsetMs += HOUR_MS;
    store.operations = 0;
    expect((await client.poll()).status).toBe('unchanged');
    expect(store.operations).toBeGreaterThan(1);
  });

  it('shares one poll between callers that ask at once', async () => {
    const client = await fixture.openClient();
    const [first, second] = await Promise.all([client.poll(), client.poll()]);
    expect(second).toBe(first);
  });

  it('calls a timestamp that was only signed anew unchanged, and is fresh again', async () => {
    const client = await fixture.openClient();
    await client.poll();
    fixture.offsetMs += HOUR_MS / 2;
    await resign(fixture.publisher(), current);
    expect(client.freshness().staleMs).toBeGreaterThanOrEqual(HOUR_MS / 2);
    const result = await client.poll();
    expect(result.status).toBe('unchanged');
    expect(result.freshness.staleMs).toBeLessThan(1000);
  });

  it('serves on and says that it is frozen once the signer has been away for too long', async () => {
    const client = await fixture.openClient();
    await client.poll();
    fixture.offsetMs += DAY_MS + 1000;
    const result = await client.poll();
    expect(result).toMatchObject({ status: 'refused', freshness: { frozen: true } });
    expect(result.reason).toMatch(/nothing newer was signed, and this expired at/);
    expect(result.freshness.staleMs).toBeGreaterThan(DAY_MS);
    expect(serialOf(client)).toBe(1);

    const restarted = await fixture.openClient();
    expect(restarted.freshness().frozen).toBe(true);
    expect(serialOf(restarted)).toBe(1);

    current = await fixture.publishNext(current);
    expect(await restarted.poll()).toMatchObject({ status: 'updated', freshness: { frozen: false } });
  });

  it('refuses what has expired by its own clock, though the system clock that tuf-js reads is behind', async () => {
    const client = await fixture.openClient();
    await client.poll();
    current = await fixture.publishNext(current);
    fixture.offsetMs += DAY_MS + 1000;
    const result = await client.poll();
    expect(result.reason).toMatch(/timestamp metadata expired at/);
    expect(serialOf(client)).toBe(1);
  });

  it('answers for each cut in a download, keeps what it had, and catches up at the next poll', async () => {
    await (await fixture.openClient()).poll();
    current = await fixture.publishNext(current);
    let cuts = 0;
    for (let failsAt = 1; ; failsAt++) {
      const store = counted(failsAt);
      const client = await fixture.openClient(store);
      const cut = await client.poll();
      if (cut.status === 'updated') break;
      cuts += 1;
      expect(cut).toMatchObject({ status: 'refused', refusal: { kind: 'store' } });
      expect(cut.reason).toMatch(/the store cannot be read: cut/);
      expect(serialOf(client)).toBe(1);
      expect(serialOf(await fixture.openClient())).toBe(1);
    }
    // Timestamp, next root, snapshot, rollout, manifest; the targets file has not changed.
    expect(cuts).toBe(5);
    expect(serialOf(await fixture.openClient())).toBe(2);
  });

  it('says that nothing is published for an empty store and for one that has only been laid out', async () => {
    const other = await TrustFixture.create();
    try {
      const client = await other.openClient();
      expect(await client.poll()).toMatchObject({ status: 'refused', refusal: { kind: 'nothing-published' } });
      const empty = await other.initialise();
      expect(await client.poll()).toMatchObject({ status: 'refused', refusal: { kind: 'nothing-published' } });
      await other.publishNext(empty);
      expect((await client.poll()).status).toBe('updated');
    } finally {
      await other.remove();
    }
  });

  it('keeps the floor of a model that was taken away', async () => {
    const other = { ...manifestOf(5), model: 'other', packages: [{ ...manifestOf(1).packages[0]!, version: 1 }] };
    const allowedPackages = [...current.allowedPackages, { ...current.allowedPackages[0]!, model: 'other' }];
    const client = await fixture.openClient();
    const both = new Map(current.manifests).set('other', other);
    current = await publish(fixture.publisher(), current, { manifests: both, allowedPackages });
    await client.poll();
    current = await publish(fixture.publisher(), current, {
      ...current,
      manifests: new Map([[MODEL, both.get(MODEL)!]]),
    });
    expect((await client.poll()).manifests.has('other')).toBe(false);
    const again = new Map(current.manifests).set('other', { ...other, serial: 4 });
    await publish(fixture.publisher(), current, { manifests: again, allowedPackages });
    for (const each of [client, await fixture.openClient()]) {
      expect((await each.poll()).reason).toMatch(/other: serial 4 is older than 5/);
    }
  });

  it.each([
    ['text that is no JSON', 'garbage'],
    ['another schema', '{"schema":"signalbox/trusted-state/9"}'],
    ['fields that are missing', '{"schema":"signalbox/trusted-state/1"}'],
  ])('starts from the pinned root when its cache is %s', async (_name, text) => {
    await (await fixture.openClient()).poll();
    await writeFile(join(fixture.dir, 'pod', `trusted-${ENVIRONMENT}.json`), text);
    const client = await fixture.openClient();
    expect(client.cacheProblem).toMatch(/is not used/);
    expect(client.manifests.size).toBe(0);
    expect((await client.poll()).status).toBe('updated');
    expect((await fixture.openClient()).cacheProblem).toBeNull();
  });

  it('does not serve a cached manifest that was changed on the disk, and still keeps its floor', async () => {
    await (await fixture.openClient()).poll();
    const path = join(fixture.dir, 'pod', `trusted-${ENVIRONMENT}.json`);
    const state = JSON.parse(await readFile(path, 'utf8')) as { manifests: [string, string][] };
    state.manifests = [[MODEL, canonicalJson(manifestOf(1, { salt: 'evil' }))]];
    await writeFile(path, JSON.stringify(state));
    const client = await fixture.openClient();
    expect(client.cacheProblem).toMatch(/not the file that was signed for/);
    expect(client.manifests.size).toBe(0);
    await new Forger(fixture, fixture.keys).sign({ manifest: manifestOf(1, { salt: 'other' }) });
    expect((await client.poll()).reason).toMatch(/serial 1 was already applied with other content/);
  });

  it('refuses to open with a root that is not one', async () => {
    const options = {
      store: fixture.store,
      environment: ENVIRONMENT,
      cacheDir: join(fixture.dir, 'x'),
      wallNow: Date.now,
    };
    const opening = TrustClient.open({ ...options, rootBytes: Buffer.from('{}') });
    await expect(opening).rejects.toMatchObject({ code: 'trust/unverified' });
  });

  it('follows a root that the old and the new root key signed, and remembers it over a restart', async () => {
    const client = await fixture.openClient();
    await client.poll();
    const forger = new Forger(fixture, fixture.keys);
    const keys = await forger.signRoot({ version: 2, signers: 'old and new' });
    await new Forger(fixture, keys).sign({ manifest: manifestOf(2), withTargets: true });
    expect(await client.poll()).toMatchObject({ status: 'updated', reason: null });
    const restarted = await fixture.openClient();
    expect(restarted.cacheProblem).toBeNull();
    expect(serialOf(restarted)).toBe(2);
    // The old keys are worth nothing now.
    await forger.sign({ manifest: manifestOf(3), version: 60, withTargets: true });
    expect((await restarted.poll()).reason).toMatch(/timestamp was signed by 0\/1 keys/);
  });

  it('recovers from versions that a thief ran up, once the stolen keys are replaced', async () => {
    const client = await fixture.openClient();
    await client.poll();
    const thief = new Forger(fixture, fixture.keys);
    await thief.sign({ manifest: manifestOf(2), version: 2_000_000_000 });
    expect((await client.poll()).status).toBe('updated');
    const keys = await thief.signRoot({ version: 2, signers: 'old and new' });
    await new Forger(fixture, keys).sign({ manifest: manifestOf(3), version: 100, withTargets: true });
    expect(await client.poll()).toMatchObject({ status: 'updated', reason: null });
    expect(serialOf(client)).toBe(3);
  });

  it('answers refused when its own disk cannot be written, and serves on', async () => {
    const client = await fixture.openClient();
    await client.poll();
    await fixture.publishNext(current);
    await rm(join(fixture.dir, 'pod'), { recursive: true });
    await writeFile(join(fixture.dir, 'pod'), 'a file where the folder was');
    expect(await client.poll()).toMatchObject({ status: 'refused', refusal: { kind: 'store' } });
    expect(serialOf(client)).toBe(1);
  });

  it('gives up on a store that never answers', async () => {
    const hanging = { readIfChanged: () => new Promise(() => undefined) } as unknown as BlobStore;
    const client = await fixture.openClient(hanging);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    try {
      const polling = client.poll();
      await vi.advanceTimersByTimeAsync(10_000);
      expect((await polling).reason).toMatch(/no answer within 10000 ms/);
    } finally {
      vi.useRealTimers();
    }
  });
});
