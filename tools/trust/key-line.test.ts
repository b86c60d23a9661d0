import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportKeys, loadKeys, mintKeys, parseKeyLine, TRUST_ROLES } from './index.js';

const environment = 'prod';

describe('keys as one line', () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'signalbox-keys-'));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it('sign as the keys of the folder do, all but the root keys', async () => {
    await mintKeys({ dir, environment, rootKeys: 2 });
    const line = await exportKeys({ dir, environment });
    expect(line).toMatch(/^prod( (targets|rollout|snapshot|timestamp)=[A-Za-z0-9+/=]+){4}$/);
    const [there, here] = [parseKeyLine(`${line}\n`, environment), await loadKeys({ dir, environment })];
    expect(there.keys.root).toEqual([]);
    const data = Buffer.from('some metadata');
    for (const role of TRUST_ROLES.filter((name) => name !== 'root')) {
      expect(there.keys[role].map((key) => [key.keyId, key.sign(data)])).toEqual(
        here.keys[role].map((key) => [key.keyId, key.sign(data)]),
      );
    }
  });

  it('may leave a role out whose key is kept elsewhere', async () => {
    await mintKeys({ dir, environment });
    await rm(join(dir, environment, 'targets-1.pem'));
    const line = await exportKeys({ dir, environment });
    expect(parseKeyLine(line, environment).keys.targets).toEqual([]);
  });

  it('are not exported where only offline keys are', async () => {
    await mintKeys({ dir, environment });
    for (const role of ['targets', 'rollout', 'snapshot', 'timestamp'])
      await rm(join(dir, environment, `${role}-1.pem`));
    await expect(exportKeys({ dir, environment })).rejects.toMatchObject({
      code: 'trust/no-keys',
      message: expect.stringContaining('holds offline keys only'),
    });
  });

  it.each([
    ['prod', 'expected at least one key after the environment, got none'],
    ['staging rollout=AAAA', 'expected the keys of prod, got those of "staging"'],
    ['rollout=SECRET', 'expected the keys of prod, got no environment at its start'],
    ['prod helm=SECRET', 'expected <role>=<base64> with a role of root, targets, rollout, snapshot, timestamp'],
    ['prod rollout', 'expected <role>=<base64>'],
    ['prod rollout=SECRET', 'word 2 is not a private key in PEM form'],
  ])('are refused with a reason that never repeats a secret: %s', (line, reason) => {
    let thrown: unknown;
    try {
      parseKeyLine(line, environment);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'trust/no-keys', message: expect.stringContaining(reason) });
    expect(String((thrown as Error).message)).not.toContain('SECRET');
  });
});
