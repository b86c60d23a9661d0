import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SignalboxError } from '@signalbox/contracts';
import type { BlobStore } from '@signalbox/serving/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ENVIRONMENT, MODEL, nextOf, TrustFixture } from '../../tests/support/trust-fixture.js';
import { exportKeys, type KeySet, loadKeys, publish, ROTATABLE_KINDS, readPublished, rotateKey } from './index.js';

describe('a rotation', () => {
  let fixture: TrustFixture;

  beforeEach(async () => {
    fixture = await TrustFixture.create();
    await fixture.publishNext(await fixture.initialise());
  });
  afterEach(() => fixture.remove());

  const dir = () => join(fixture.dir, 'keys');
  const rotate = (kind: (typeof ROTATABLE_KINDS)[number], store = fixture.store) => {
    const { rootBytes, timestampValidityMs, wallNow } = fixture;
    return rotateKey({ environment: ENVIRONMENT, dir: dir(), kind, store, rootBytes, timestampValidityMs, wallNow });
  };
  const publishBy = async (keys: KeySet) => {
    const current = (await readPublished(fixture.publisher()))!;
    return publish(fixture.publisher({ keys }), current, nextOf(current));
  };
  const keysNow = () => loadKeys({ dir: dir(), environment: ENVIRONMENT });

  it.each(ROTATABLE_KINDS)('of the %s key is followed by pods, and leaves the old one worthless', async (kind) => {
    const pod = await fixture.openClient();
    await pod.poll();
    const [before] = fixture.keys.keys[kind];
    const { dropped, keyId } = await rotate(kind);
    expect(dropped).toEqual([before!.keyId]);
    expect((await keysNow()).keys[kind].map((key) => key.keyId)).toEqual([keyId]);
    expect(await readdir(join(dir(), ENVIRONMENT, 'retired'))).toEqual([`${kind}-1.pem`]);
    expect(await pod.poll()).toMatchObject({ reason: null });
    const now = await keysNow();
    await publishBy(now);
    const polled = await pod.poll();
    expect(polled).toMatchObject({ status: 'updated', reason: null });
    expect(polled.manifests.get(MODEL)?.serial).toBe(2);
    const role = kind === 'emergency' ? 'timestamp' : kind;
    const thief = { ...now, keys: { ...now.keys, [role]: [before!] } };
    const stolen =
      kind === 'targets' ? { ...nextOf((await readPublished(fixture.publisher()))!), allowedPackages: [] } : null;
    const current = (await readPublished(fixture.publisher()))!;
    await expect(publish(fixture.publisher({ keys: thief }), current, stolen ?? nextOf(current))).rejects.toMatchObject(
      {
        code: 'trust/unverified',
      },
    );
  });

  it('that is cut at any write leaves what pods take, and is finished by the next run', async () => {
    const pod = await fixture.openClient();
    await pod.poll();
    for (let cutAt = 1, done = false; !done; cutAt += 2) {
      done = await rotate('timestamp', cutAtWrite(fixture.store, cutAt)).then(
        () => true,
        () => false,
      );
      expect(await pod.poll(), `cut at write ${cutAt}`).toMatchObject({ reason: null });
      if (!done) await rotate('timestamp');
      expect(await readPublished(fixture.publisher())).not.toBeNull();
      expect((await keysNow()).keys.timestamp).toHaveLength(1);
      expect(cutAt).toBeLessThan(20);
    }
  });

  it('gives an environment the emergency key that it was made without, and never exports it', async () => {
    const { keyId } = await rotate('emergency');
    const line = await exportKeys({ dir: dir(), environment: ENVIRONMENT });
    expect(line).not.toContain('emergency');
    expect((await keysNow()).keys.emergency.map((key) => key.keyId)).toEqual([keyId]);
  });
});

/** A store that is cut off at its n-th write. */
function cutAtWrite(inner: BlobStore, n: number): BlobStore {
  let writes = 0;
  return new Proxy(inner, {
    get(target, name: keyof BlobStore) {
      if (name !== 'write') return target[name].bind(target);
      return async (...about: Parameters<BlobStore['write']>) => {
        writes += 1;
        if (writes >= n) throw new SignalboxError('store/unavailable', 'cut');
        return target.write(...about);
      };
    },
  });
}
