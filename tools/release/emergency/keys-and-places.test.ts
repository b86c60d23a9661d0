import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTestRepository } from '../../../tests/support/git-repository.js';
import { toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { ENVIRONMENT, MODEL, manifestOf, PACKAGE_B, TrustFixture } from '../../../tests/support/trust-fixture.js';
import { newPem, rotateKey } from '../../trust/index.js';
import { type EmergencyOptions, emergency } from './emergency.js';

describe('what an emergency is signed with, and where', () => {
  let fixture: TrustFixture;
  let places: NonNullable<EmergencyOptions['places']>;

  beforeEach(async () => {
    fixture = await TrustFixture.create();
    const { packages } = manifestOf(1);
    const newer = { ...packages[0]!, version: 2, digest: PACKAGE_B.digest, sizeBytes: PACKAGE_B.sizeBytes };
    const rollout = { ...manifestOf(1).rollout, desired: PACKAGE_B.digest, rejected: [] };
    const live2 = { packages: [...packages, newer], champion: 2, previousChampion: 1, rollout };
    await fixture.publishNext(await fixture.initialise(), live2);
    places = { artifacts: join(fixture.dir, 'store'), root: join(fixture.dir, 'root.json') };
    await writeFile(places.root!, fixture.rootBytes);
  });
  afterEach(() => fixture.remove());

  const key = (name: string) => join(fixture.dir, 'keys', ENVIRONMENT, name);
  const order = (change: Partial<EmergencyOptions> = {}) =>
    emergency({
      ...{ repo: fixture.dir, environment: ENVIRONMENT, model: MODEL, to: 1, reason: 'wrong', by: 'Ada', places },
      ...{ keyFile: key('emergency-1.pem'), wallNow: fixture.wallNow, ...change },
    });

  it('is the key that the newest root names, where the one before was rotated', async () => {
    const pod = await fixture.openClient();
    await pod.poll();
    const { rootBytes, store, timestampValidityMs, wallNow } = fixture;
    const about = { store, rootBytes, timestampValidityMs, wallNow, kind: 'emergency' } as const;
    const { keyId, dropped } = await rotateKey({ ...about, environment: ENVIRONMENT, dir: join(fixture.dir, 'keys') });
    await expect(order({ keyFile: key('retired/emergency-1.pem') })).rejects.toMatchObject({
      code: 'trust/unverified',
      message: `this emergency key was rotated: key ${dropped[0]!.slice(0, 12)}, environment prod`,
      hint: expect.stringContaining(`The newest root names ${keyId.slice(0, 12)}.`),
    });
    await writeFile(join(fixture.dir, 'stranger.pem'), newPem());
    await expect(order({ keyFile: join(fixture.dir, 'stranger.pem') })).rejects.toMatchObject({
      message: expect.stringContaining('this is not an emergency key of the newest root'),
      hint: expect.stringContaining(keyId.slice(0, 12)),
    });
    const { manifest } = await order({ keyFile: key('emergency-2.pem') });
    expect(await pod.poll()).toMatchObject({ status: 'updated', reason: null });
    expect(manifest).toMatchObject({ champion: 1, rollout: { emergency: { by: 'Ada' } } });
  });

  it('is refused where the store holds nothing, as a folder that is not mounted: nothing is said of the model then', async () => {
    const elsewhere = { ...places, artifacts: join(fixture.dir, 'not-mounted') };
    await expect(order({ places: elsewhere })).rejects.toMatchObject({
      ...{ code: 'store/unavailable', message: expect.stringContaining('holds nothing at all') },
    });
  });

  it('is the store that the last readable environment.yaml names, where the one of the work tree is broken', async () => {
    const { folder, commit, remove } = await createTestRepository();
    const documents = worldDocuments();
    const path = 'releases/prod/environment.yaml';
    const settings = documents[path] as { readonly stores: object };
    documents[path] = { ...settings, stores: { ...settings.stores, artifacts: places.artifacts } };
    const root = Buffer.from(fixture.rootBytes).toString('utf8');
    await commit({ ...toYaml(documents), 'releases/prod/root.json': root });
    const here = { repo: folder, places: {} };
    try {
      await writeFile(join(folder, path), '<<<<<<< HEAD\nclock: [');
      const { reasons } = await order(here);
      expect(reasons).toContain(
        `${path} cannot be read: the artifact store is ${places.artifacts}, as the last commit says that could be read`,
      );
      await expect(order({ ...here, environment: 'prd' })).rejects.toMatchObject({
        code: 'input/unknown-reference',
        hint: expect.stringContaining('--artifacts <folder> --root <file>'),
      });
    } finally {
      await remove();
    }
  });
});
