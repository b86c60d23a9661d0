import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildRoot, loadKeys, mintKeys, TRUST_ROLES } from './index.js';

const environment = 'prod';

describe('signing keys', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'signalbox-keys-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('are minted one for each role, readable by their owner only', async () => {
    const { keys } = await mintKeys({ dir, environment });
    const ids = TRUST_ROLES.flatMap((role) => keys[role].map((key) => key.keyId));
    expect(new Set(ids).size).toBe(TRUST_ROLES.length);
    for (const role of TRUST_ROLES) {
      expect((await stat(join(dir, environment, `${role}-1.pem`))).mode & 0o777).toBe(0o600);
    }
    expect((await stat(join(dir, environment))).mode & 0o777).toBe(0o700);
  });

  it('are never overwritten', async () => {
    await mintKeys({ dir, environment });
    const before = await readFile(join(dir, environment, 'root-1.pem'), 'utf8');
    await expect(mintKeys({ dir, environment })).rejects.toMatchObject({ code: 'release/refused' });
    expect(await readFile(join(dir, environment, 'root-1.pem'), 'utf8')).toBe(before);
    expect(await readdir(dir)).toEqual([environment]);
  });

  it('are minted once when two ask at the same time', async () => {
    const outcomes = await Promise.allSettled([mintKeys({ dir, environment }), mintKeys({ dir, environment })]);
    expect(outcomes.map((each) => each.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('are the same after loading', async () => {
    const minted = await mintKeys({ dir, environment, rootKeys: 3 });
    const loaded = await loadKeys({ dir, environment });
    for (const role of TRUST_ROLES) {
      expect(loaded.keys[role].map((key) => key.keyId)).toEqual(minted.keys[role].map((key) => key.keyId));
    }
    expect(loaded.keys.root).toHaveLength(3);
  });

  it('say how to mint them where there are none', async () => {
    await expect(loadKeys({ dir, environment })).rejects.toMatchObject({
      code: 'trust/no-keys',
      hint: 'Mint them with `signalbox keys mint --env prod`.',
    });
  });

  it('send to where they are where a root names them already', async () => {
    await expect(loadKeys({ dir, environment, hasRoot: true })).rejects.toMatchObject({
      code: 'trust/no-keys',
      hint: expect.stringMatching(/^(?!.*mint).*go where they are/),
    });
  });

  it('name the file that is no key', async () => {
    await mkdir(join(dir, environment));
    await writeFile(join(dir, environment, 'rollout-1.pem'), 'not a key');
    await expect(loadKeys({ dir, environment })).rejects.toThrow(/rollout-1\.pem is not a private key in PEM form/);
  });

  it('make a root only for a threshold that they can meet', async () => {
    const keys = await mintKeys({ dir, environment, rootKeys: 2 });
    expect(() => buildRoot(keys, { nowMs: 0, threshold: 3 })).toThrow(/cannot be met by 2 root key/);
    const root = JSON.parse(Buffer.from(buildRoot(keys, { nowMs: 0, threshold: 2 })).toString()) as {
      signatures: unknown[];
      signed: { roles: { root: { threshold: number } } };
    };
    expect(root.signatures).toHaveLength(2);
    expect(root.signed.roles.root.threshold).toBe(2);
  });
});
