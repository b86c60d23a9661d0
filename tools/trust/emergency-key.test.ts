import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { digestOf, MODEL, nextOf, TrustFixture } from '../../tests/support/trust-fixture.js';
import { buildRoot, emergencyKeysOf, initialiseTrust, type KeySet, noKeys, publish } from './index.js';

describe('the emergency key', () => {
  let fixture: TrustFixture;
  let byHand: KeySet;

  beforeEach(async () => {
    fixture = await TrustFixture.create();
    const { emergency: own } = fixture.keys.keys;
    byHand = { ...fixture.keys, keys: { ...noKeys(), rollout: own, snapshot: own, timestamp: own } };
  });
  afterEach(() => fixture.remove());

  /** As on a server: everything but the offline keys. */
  const online = (): KeySet => ({ ...fixture.keys, keys: { ...fixture.keys.keys, root: [], emergency: [] } });

  it('is named by the root, so that targets delegates to it where it is not at hand', async () => {
    const named = emergencyKeysOf(fixture.rootBytes).map(({ keyId }) => keyId);
    expect(named).toEqual(fixture.keys.keys.emergency.map(({ keyId }) => keyId));
    const first = await initialiseTrust(fixture.publisher({ keys: online() }));
    const second = await publish(fixture.publisher({ keys: online() }), first, nextOf(first));
    const pod = await fixture.openClient();
    await pod.poll();
    const third = await publish(fixture.publisher({ keys: byHand }), second, nextOf(second));
    expect(await pod.poll()).toMatchObject({ status: 'updated', reason: null });
    // And the reconciler goes on from there with its own keys.
    await publish(fixture.publisher({ keys: online() }), third, nextOf(third));
    expect((await pod.poll()).manifests.get(MODEL)?.serial).toBe(3);
  });

  it('can allow no package, not even by signing targets itself', async () => {
    const first = await initialiseTrust(fixture.publisher());
    const stolen = { model: MODEL, digest: digestOf('c'), sizeBytes: 3000 };
    const next = { ...nextOf(first), allowedPackages: [stolen] };
    await expect(publish(fixture.publisher({ keys: byHand }), first, next)).rejects.toMatchObject({
      code: 'trust/no-keys',
    });
    const pretending = { ...byHand, keys: { ...byHand.keys, targets: byHand.keys.timestamp } };
    await expect(publish(fixture.publisher({ keys: pretending }), first, next)).rejects.toMatchObject({
      code: 'trust/unverified',
    });
  });

  it('is nobody’s in a root that was made without one', () => {
    const without = { ...fixture.keys, keys: { ...fixture.keys.keys, emergency: [] } };
    expect(emergencyKeysOf(buildRoot(without, { nowMs: 0 }))).toEqual([]);
  });
});
