import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Environment, MS_PER_DAY, MS_PER_MINUTE } from '@signalbox/contracts';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createTestRepository } from '../../../tests/support/git-repository.js';
import { toYaml, worldDocuments } from '../../../tests/support/release-world.js';
import { ENVIRONMENT, MODEL, manifestOf, PACKAGE_B, TrustFixture } from '../../../tests/support/trust-fixture.js';
import { newPem, readPublished, resign, rotateKey } from '../../trust/index.js';
import { refuseClockBehind } from './clock.js';
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
  const orderOf = (): EmergencyOptions => ({
    ...{ repo: fixture.dir, environment: ENVIRONMENT, model: MODEL, to: 1, reason: 'wrong', by: 'Ada', places },
    ...{ keyFile: key('emergency-1.pem'), wallNow: fixture.wallNow },
  });
  const order = (change: Partial<EmergencyOptions> = {}) => emergency({ ...orderOf(), ...change });

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

  it('is no clock that is clearly behind the one that signed what is published', async () => {
    const pod = await fixture.openClient();
    await pod.poll();
    const files = await fixture.files();
    fixture.offsetMs = -30 * MS_PER_DAY;
    const refusal = {
      code: 'release/refused',
      message: expect.stringContaining(
        `the clock of this machine says ${new Date(fixture.wallNow()).toISOString().slice(0, 11)}`,
      ),
      hint: expect.stringContaining('--clock-is-right'),
    };
    await expect(order()).rejects.toMatchObject(refusal);
    expect(await fixture.files()).toEqual(files);
    expect(await order({ clockIsRight: true })).toMatchObject({ manifest: { champion: 1 } });
  });

  it('is a clock that is hardly behind, also after an emergency, which signs for longer than the environment says', async () => {
    fixture.offsetMs = -MS_PER_MINUTE / 2;
    await order();
    const published = (await readPublished(fixture.publisher()))!;
    const settings = worldDocuments()[`releases/${ENVIRONMENT}/environment.yaml`] as Environment;
    expect(() => refuseClockBehind(published, { nowMs: fixture.wallNow(), settings })).not.toThrow();
  });

  it('is the timestamp where manifests are old, for as long as the environment signs one', async () => {
    fixture.offsetMs = 20 * MS_PER_DAY;
    await resign(fixture.publisher(), (await readPublished(fixture.publisher()))!);
    fixture.offsetMs = 3 * MS_PER_DAY;
    const settings = worldDocuments()[`releases/${ENVIRONMENT}/environment.yaml`];
    const published = (await readPublished(fixture.publisher()))!;
    const asked = { nowMs: fixture.wallNow(), settings: settings as Environment };
    expect(() => refuseClockBehind(published, asked)).toThrow('or later: what is signed now would expire too early');
    expect(() => refuseClockBehind(published, { ...asked, nowMs: asked.nowMs + 15 * MS_PER_DAY })).not.toThrow();
    // Without a clone nobody knows how long it is signed for.
    expect(() => refuseClockBehind(published, { ...asked, settings: null })).not.toThrow();
  });

  it('is a name that --by says, where Git knows none', async () => {
    vi.stubEnv('GIT_CONFIG_GLOBAL', '/dev/null').stubEnv('GIT_CONFIG_NOSYSTEM', '1');
    for (const name of ['GIT_AUTHOR_NAME', 'GIT_AUTHOR_EMAIL', 'EMAIL']) vi.stubEnv(name, undefined);
    const { by: _by, ...unnamed } = orderOf();
    try {
      await expect(emergency(unnamed)).rejects.toMatchObject({
        code: 'git/no-identity',
        hint: 'Say here who decides: --by "Your Name".',
      });
    } finally {
      vi.unstubAllEnvs();
    }
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
