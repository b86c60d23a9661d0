import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestBytes } from '@signalbox/contracts';
import { blobKey } from '@signalbox/serving/stores';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MODEL, nextOf, TrustFixture } from '../../tests/support/trust-fixture.js';
import {
  describeKeys,
  describeVerification,
  initialiseTrust,
  KEY_KINDS,
  loadKeys,
  type MintOptions,
  mintEnvironment,
  openReader,
  publish,
  readPublished,
  showKeys,
  verifyEnvironment,
} from './index.js';

const RELEASES = new URL('../../releases', import.meta.url);

describe('the keys of an environment in a repository', () => {
  let repo: string;
  const options = (changes: Partial<MintOptions> = {}): MintOptions => ({
    ...{ repo, environment: 'prod', nowMs: Date.now(), rootKeys: 1, threshold: 1 },
    ...changes,
  });

  beforeEach(async () => {
    repo = await mkdtemp(join(tmpdir(), 'signalbox-environment-'));
    await mkdir(join(repo, 'releases'));
    await cp(RELEASES, join(repo, 'releases'), { recursive: true });
    await rm(join(repo, 'releases', 'prod', 'root.json'), { force: true });
  });
  afterEach(() => rm(repo, { recursive: true, force: true }));

  it('are minted with the root that names them', async () => {
    const { rootPath } = await mintEnvironment(options({ rootKeys: 2, threshold: 2 }));
    expect(rootPath).toBe(join(repo, 'releases', 'prod', 'root.json'));
    const shown = await showKeys(repo, 'prod');
    expect(shown.map(({ role }) => role)).toEqual(['root', 'root', ...KEY_KINDS.slice(1)]);
    expect(shown.every(({ inRoot, role }) => inRoot === (role === 'rollout' ? null : true))).toBe(true);
  });

  it('are not minted beside a root that pods may pin', async () => {
    await mintEnvironment(options());
    await rm(join(repo, '.signalbox'), { recursive: true });
    await expect(mintEnvironment(options())).rejects.toMatchObject({ code: 'release/refused' });
    expect(existsSync(join(repo, '.signalbox'))).toBe(false);
    const hint = expect.stringMatching(/^(?!.*mint).*go where they are/);
    await expect(showKeys(repo, 'prod')).rejects.toMatchObject({ code: 'trust/no-keys', hint });
  });

  it('get their root when a run was cut off before it', async () => {
    const { keys, rootPath } = await mintEnvironment(options());
    await rm(rootPath);
    await mintEnvironment(options());
    const [root] = (await showKeys(repo, 'prod')).filter(({ role }) => role === 'root');
    expect(root).toEqual({ role: 'root', keyId: keys.keys.root[0]!.keyId, inRoot: true });
  });

  it('are not minted for a threshold that they cannot meet, nor for an environment that is not there', async () => {
    await expect(mintEnvironment(options({ threshold: 2 }))).rejects.toMatchObject({ code: 'input/bad-argument' });
    await expect(mintEnvironment(options({ environment: 'nowhere' }))).rejects.toThrow(/there are: prod, staging/);
    await expect(loadKeys({ dir: join(repo, '.signalbox', 'keys'), environment: 'prod' })).rejects.toThrow();
  });

  it('that the root does not name are told apart', async () => {
    await mintEnvironment(options());
    const other = await mintEnvironment(options({ environment: 'staging' }));
    await cp(other.rootPath, join(repo, 'releases', 'prod', 'root.json'));
    expect(describeKeys(await showKeys(repo, 'prod'))).toMatch(/^root +[0-9a-f]{64} {2}not in the root/);
  });

  it('sign what a reader of the same repository verifies', async () => {
    const { keys, rootPath } = await mintEnvironment(options());
    const reader = await openReader(repo, 'prod');
    const publisher = { ...reader, keys, wallNow: Date.now, timestampValidityMs: 3_600_000 };
    expect(Buffer.from(reader.rootBytes)).toEqual(await readFile(rootPath));
    expect(await readPublished(reader)).toBeNull();
    await initialiseTrust(publisher);
    expect((await readPublished(await openReader(repo, 'prod')))?.manifests.size).toBe(0);
    expect(existsSync(join(repo, '.signalbox', 'store', 'tuf', 'prod', 'timestamp.json'))).toBe(true);
  });

  it('are asked for where the root is missing', async () => {
    await expect(openReader(repo, 'prod')).rejects.toMatchObject({
      code: 'trust/unverified',
      hint: /git log -- releases[/]prod[/]root[.]json.*keys mint --env prod/,
    });
  });
});

describe('verifying an environment', () => {
  let fixture: TrustFixture;
  beforeEach(async () => {
    fixture = await TrustFixture.create();
  });
  afterEach(() => fixture.remove());
  const verify = () => verifyEnvironment(fixture.publisher(), fixture.wallNow());

  /** Publishes a package whose OCI manifest lies in the store. */
  async function publishReal(): Promise<string> {
    const bytes = Buffer.from('{"schemaVersion":2}');
    const digest = digestBytes(bytes);
    await fixture.store.write(blobKey(digest), bytes);
    const current = await fixture.initialise();
    const packages = [{ version: 1, digest, sizeBytes: bytes.length, features: digest }];
    const allowedPackages = [{ model: MODEL, digest, sizeBytes: bytes.length }];
    await publish(fixture.publisher(), current, { ...nextOf(current, { packages }), allowedPackages });
    return digest;
  }

  it('answers null where nothing is published', async () => {
    expect(await verify()).toBeNull();
  });

  it('passes when every signature holds and every package is there', async () => {
    const digest = await publishReal();
    const found = (await verify())!;
    expect(found).toMatchObject({ passed: true, expired: [], packages: [{ digest, problem: null }] });
    expect(describeVerification(found)).toContain('flight-delay  serial 1: version 1 is champion (live)');
  });

  it('says which role has expired', async () => {
    await publishReal();
    fixture.offsetMs += 2 * 86_400_000;
    const found = (await verify())!;
    expect(found).toMatchObject({ passed: false, expired: ['timestamp'] });
    expect(describeVerification(found)).toMatch(/timestamp version \d, valid until .* EXPIRED/);
  });

  it.each([
    ['is not in the artifact store', (digest: string) => fixture.store.remove(blobKey(digest))],
    ['is damaged', (digest: string) => fixture.store.write(blobKey(digest), '{}')],
  ])('says that a package %s', async (problem, spoil) => {
    const digest = await publishReal();
    await spoil(digest);
    const found = (await verify())!;
    expect(found.passed).toBe(false);
    expect(found.packages[0]?.problem).toContain(problem);
  });

  it('throws the reason for which pods would refuse', async () => {
    await publishReal();
    await fixture.overwrite('timestamp.json', '{}');
    await expect(verify()).rejects.toMatchObject({ code: 'trust/unverified' });
  });
});
