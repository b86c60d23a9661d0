import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { digestJson, isSignalboxError } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { manifestTarget, metadataKey, targetKey } from '@signalbox/serving/trust';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CountingStore } from '../../tests/support/counting-store.js';
import {
  digestOf,
  ENVIRONMENT,
  MODEL,
  manifestOf,
  nextOf,
  PACKAGE_A,
  PACKAGE_B,
  TrustFixture,
} from '../../tests/support/trust-fixture.js';
import { Forger } from './forger.oracle.js';
import {
  initialiseTrust,
  mintKeys,
  type Published,
  publish,
  readPublished,
  resign,
  type TrustPublisher,
} from './index.js';

const DAY_MS = 86_400_000;
/** Of a publication that changes everything: manifest, rollout, targets, snapshot, timestamp. */
const WRITES = 5;

/** Takes its time over some names. */
class SlowStore extends CountingStore {
  readonly #slow: string;

  constructor(store: BlobStore, slow: string) {
    super(store);
    this.#slow = slow;
  }

  override async write(...write: Parameters<BlobStore['write']>): ReturnType<BlobStore['write']> {
    if (write[0].endsWith(this.#slow)) await sleep(15);
    return super.write(...write);
  }
}

let fixture: TrustFixture;
beforeEach(async () => {
  fixture = await TrustFixture.create();
});
afterEach(() => fixture.remove());

const names = async (): Promise<string[]> => [...(await fixture.files()).keys()].sort();
const read = async (): Promise<Published> => (await readPublished(fixture.publisher()))!;

describe('laying out an environment', () => {
  it('writes the root, one file for each role, and the timestamp', async () => {
    await fixture.initialise();
    const roles = ['1.rollout.json', '1.root.json', '1.snapshot.json', '1.targets.json', 'timestamp.json'];
    expect(await names()).toEqual(roles);
  });

  it('leaves what is published alone when it runs again', async () => {
    const current = await fixture.publishNext(await fixture.initialise());
    const again = await fixture.initialise();
    expect(again.etag).toBe(current.etag);
  });

  it('refuses a store that was made with another root', async () => {
    await fixture.store.write(`tuf/${ENVIRONMENT}/1.root.json`, 'another');
    await expect(fixture.initialise()).rejects.toMatchObject({ code: 'store/conflict' });
  });

  it('refuses keys that the root does not name', async () => {
    const keys = await mintKeys({ dir: join(fixture.dir, 'other'), environment: ENVIRONMENT });
    await expect(initialiseTrust(fixture.publisher({ keys }))).rejects.toMatchObject({ code: 'trust/unverified' });
    expect(await names()).not.toContain('timestamp.json');
  });
});

describe('publishing', () => {
  let current: Published;
  beforeEach(async () => {
    current = await fixture.publishNext(await fixture.initialise());
  });

  it('signs the targets role only when the allowed packages change', async () => {
    const { targets } = current.verified.roles;
    current = await fixture.publishNext(current);
    expect(current.verified.roles.targets).toEqual(targets);
    current = await publish(fixture.publisher(), current, { ...nextOf(current), allowedPackages: [PACKAGE_A] });
    expect(current.verified.roles.targets.version).toBe(targets.version + 1);
  });

  it('moves weight without the root and targets keys, and allows no package without them', async () => {
    const online = { ...fixture.keys, keys: { ...fixture.keys.keys, root: [], targets: [] } };
    const publisher = fixture.publisher({ keys: online });
    current = await publish(publisher, current, nextOf(current));
    expect(current.manifests.get(MODEL)?.serial).toBe(2);
    const more = {
      ...nextOf(current),
      allowedPackages: [PACKAGE_A, PACKAGE_B, { ...PACKAGE_A, digest: digestOf('d') }],
    };
    await expect(publish(publisher, current, more)).rejects.toMatchObject({ code: 'trust/no-keys' });
  });

  it('allows a package without the rollout key', async () => {
    const keys = { ...fixture.keys, keys: { ...fixture.keys.keys, rollout: [] } };
    current = await publish(fixture.publisher({ keys }), current, { ...current, allowedPackages: [PACKAGE_A] });
    expect(current.allowedPackages).toEqual([PACKAGE_A]);
    expect((await fixture.publishNext(current)).manifests.get(MODEL)?.serial).toBe(2);
  });

  it('writes nothing when nothing changes', async () => {
    const store = new CountingStore(fixture.store);
    const same = await publish(fixture.publisher({ store }), current, { ...current });
    expect(same).toBe(current);
    expect(store.operations).toBe(0);
  });

  it('answers what a fresh reader reads', async () => {
    current = await fixture.publishNext(current);
    const found = await read();
    expect(found.etag).toBe(current.etag);
    expect(found.manifests).toEqual(current.manifests);
    expect(found.verified.roles).toEqual(current.verified.roles);
    expect(found.allowedPackages).toEqual([PACKAGE_A, PACKAGE_B]);
  });

  it.each([
    ['a serial that does not rise', { serial: 1 }],
    ['another predecessor than the published one', { previous: digestOf('0') }],
  ])('refuses %s', async (_name, changes) => {
    await expect(fixture.publishNext(current, { salt: 'x', ...changes })).rejects.toMatchObject({
      code: 'release/refused',
    });
  });

  it.each([
    ['a package that it does not allow', { packages: [{ ...manifestOf(1).packages[0]!, digest: digestOf('e') }] }],
    ['a manifest of another environment', { environment: 'staging' }],
    ['a champion without a package', { champion: 9 }],
  ])('refuses %s before anyone can see it', async (_name, changes) => {
    await expect(fixture.publishNext(current, changes)).rejects.toMatchObject({ code: 'trust/unverified' });
    expect((await read()).etag).toBe(current.etag);
  });

  it('mends a manifest file that was damaged in the store', async () => {
    const manifest = nextOf(current).manifests.get(MODEL)!;
    const sha256 = digestJson(manifest).slice('sha256:'.length);
    await fixture.store.write(targetKey(ENVIRONMENT, manifestTarget(MODEL), sha256), 'damaged');
    await fixture.publishNext(current);
    expect((await read()).manifests.get(MODEL)).toEqual(manifest);
  });

  it('lets only one of several publishers through, and none loses an update when they decide again', async () => {
    const models = ['a', 'b', 'c', 'd'];
    const rounds = 3;
    await Promise.all(models.map((model) => publishRounds(model, rounds)));
    const found = await read();
    for (const model of models) expect(found.manifests.get(model)?.serial).toBe(rounds);
    expect(found.manifests.get(MODEL)?.serial).toBe(1);
  });

  async function publishRounds(model: string, rounds: number): Promise<void> {
    while (true) {
      const now = await read();
      const before = now.manifests.get(model);
      if (before?.serial === rounds) return;
      const manifest = manifestOf((before?.serial ?? 0) + 1, { model, previous: before ? digestJson(before) : null });
      const allowedPackages = [...now.allowedPackages.filter((each) => each.model !== model), { ...PACKAGE_A, model }];
      const next = { manifests: new Map(now.manifests).set(model, manifest), allowedPackages };
      await publish(fixture.publisher(), now, next).catch((error: unknown) => {
        if (!isSignalboxError(error) || error.code !== 'store/conflict') throw error;
      });
    }
  }

  it.each(['rollout', 'snapshot'] as const)(
    'gets on where two take each other’s versions in turn, %s first',
    async (first) => {
      const last = first === 'rollout' ? 'snapshot' : 'rollout';
      const attempts = [first, last].map((slow, at) => {
        const store = new SlowStore(fixture.store, `.${slow}.json`);
        const manifest = manifestOf(2, { previous: digestOfCurrent(), salt: String(at) });
        return publish(fixture.publisher({ store }), current, { ...current, manifests: new Map([[MODEL, manifest]]) });
      });
      const outcomes = await Promise.allSettled(attempts);
      expect(outcomes.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    },
  );

  it('steps over what hundreds of cut attempts left behind', async () => {
    const left = Array.from({ length: 300 }, (_, at) => metadataKey(ENVIRONMENT, 'rollout', at + 3));
    for (const key of left) await fixture.store.write(key, 'left');
    await fixture.publishNext(current);
    expect((await read()).manifests.get(MODEL)?.serial).toBe(2);
  });

  it('gives exactly one winner when two publish at once from the same state', async () => {
    const attempts = [manifestOf(2, { previous: digestOfCurrent(), salt: 'x' }), nextOf(current).manifests.get(MODEL)!];
    const outcomes = await Promise.allSettled(
      attempts.map((manifest) =>
        publish(fixture.publisher(), current, { ...current, manifests: new Map([[MODEL, manifest]]) }),
      ),
    );
    expect(outcomes.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
    const lost = outcomes.find((each) => each.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: 'store/conflict', retryable: true });
  });

  const digestOfCurrent = (): string => digestJson(current.manifests.get(MODEL));

  it.each([false, true])(
    'leaves the old state or the new one at a cut in each write (done but unanswered: %s), and a retry publishes',
    async (afterTheWrite) => {
      const client = await fixture.openClient();
      await client.poll();
      for (let failsAt = 1; ; failsAt++) {
        const store = new CountingStore(fixture.store, { failsAt, afterTheWrite });
        const before = await read();
        const allowedPackages = [PACKAGE_A, { ...PACKAGE_B, sizeBytes: failsAt }];
        const next = { ...nextOf(before), allowedPackages };
        const outcome = await publish(fixture.publisher({ store }), before, next).catch((error: unknown) => error);
        const seen = (await client.poll()).manifests.get(MODEL)!.serial;
        if (!(outcome instanceof Error)) {
          expect(failsAt).toBe(WRITES + 1);
          break;
        }
        expect(outcome).toMatchObject({ code: 'store/unavailable' });
        const found = await read();
        const wasLast = found.etag !== before.etag;
        expect(wasLast).toBe(afterTheWrite && failsAt === WRITES);
        expect(seen).toBe(found.manifests.get(MODEL)?.serial);
        const retried = wasLast
          ? found
          : await publish(fixture.publisher(), found, { ...nextOf(found), allowedPackages });
        expect((await client.poll()).manifests.get(MODEL)?.serial).toBe(retried.manifests.get(MODEL)?.serial);
      }
    },
  );

  it('signs the timestamp anew without touching anything else', async () => {
    const before = await names();
    fixture.offsetMs += 1000;
    const signed = await resign(fixture.publisher(), current);
    expect(await names()).toEqual(before);
    expect(signed.verified.roles.timestamp.version).toBe(current.verified.roles.timestamp.version + 1);
    expect(signed.verified.expiresAtMs).toBeGreaterThan(current.verified.expiresAtMs);
  });

  it('renews the online roles before they expire, when it signs the timestamp anew', async () => {
    fixture.offsetMs += 70 * DAY_MS;
    const renewed = await resign(fixture.publisher(), await read());
    expect(renewed.verified.roles.rollout.version).toBe(current.verified.roles.rollout.version + 1);
    expect(renewed.verified.roles.snapshot.version).toBe(current.verified.roles.snapshot.version + 1);
    expect(renewed.verified.roles.targets).toEqual(current.verified.roles.targets);
  });

  it('publishes again after everything online has expired', async () => {
    fixture.offsetMs += 2 * DAY_MS;
    const expired = await read();
    expect(expired.verified.expiresAtMs).toBeLessThan(fixture.wallNow());
    const renewed = await fixture.publishNext(expired);
    expect(renewed.verified.expiresAtMs).toBeGreaterThan(fixture.wallNow());
  });
});

describe('reading what is published', () => {
  it('answers null for an empty store', async () => {
    expect(await readPublished(fixture.publisher())).toBeNull();
  });

  it('answers the very same object when nothing changed since', async () => {
    const current = await fixture.publishNext(await fixture.initialise());
    expect(await readPublished(fixture.publisher(), current)).toBe(current);
  });

  it('refuses a replayed state when it remembers a newer one', async () => {
    const first = await fixture.publishNext(await fixture.initialise());
    const old = (await fixture.files()).get('timestamp.json')!;
    const second = await fixture.publishNext(first);
    await fixture.overwrite('timestamp.json', old);
    await expect(readPublished(fixture.publisher(), second)).rejects.toMatchObject({ code: 'store/stale' });
  });

  it('says that the store is away when it is', async () => {
    await fixture.initialise();
    const store = new CountingStore(fixture.store, { failsAt: 2 });
    const reading = readPublished(fixture.publisher({ store }));
    await expect(reading).rejects.toMatchObject({ code: 'store/unavailable', retryable: true });
  });

  it('refuses what another root signed', async () => {
    const publisher: TrustPublisher = fixture.publisher();
    await fixture.publishNext(await fixture.initialise());
    const keys = await mintKeys({ dir: join(fixture.dir, 'other'), environment: ENVIRONMENT });
    await new Forger(fixture, keys).sign({ manifest: manifestOf(9) });
    await expect(readPublished(publisher)).rejects.toMatchObject({ code: 'trust/unverified' });
  });

  it.each([
    ['that the root before did not sign', { version: 2, signers: 'new only' }],
    ['that leaves a version out', { version: 3, signers: 'old and new', name: '2.root.json' }],
  ] as const)('refuses a root %s', async (_name, root) => {
    await fixture.publishNext(await fixture.initialise());
    await new Forger(fixture, fixture.keys).signRoot(root);
    await expect(readPublished(fixture.publisher())).rejects.toMatchObject({ code: 'trust/unverified' });
  });

  it('follows a root that the one before signed', async () => {
    await fixture.publishNext(await fixture.initialise());
    const keys = await new Forger(fixture, fixture.keys).signRoot({ version: 2, signers: 'old and new' });
    await new Forger(fixture, keys).sign({ manifest: manifestOf(2), withTargets: true });
    expect((await read()).verified.roles.root.version).toBe(2);
  });
});
