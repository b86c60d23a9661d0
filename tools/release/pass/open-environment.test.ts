import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestWorld, digestOf, emptyWorkspace, type TestWorld } from '../../../tests/support/release-world.js';
import { exportKeys } from '../../trust/index.js';
import { openReconciler } from './open-environment.js';
import { runPass } from './pass.js';

describe('a reconciler on a machine without a key folder', () => {
  let world: TestWorld;
  let keyLine: string;
  beforeAll(async () => {
    world = await createTestWorld();
    const dir = join(world.folder, '.signalbox', 'keys');
    keyLine = await exportKeys({ dir, environment: 'prod' });
    await rm(dir, { recursive: true });
  });
  afterAll(() => world.remove());

  it('says that there are no keys', async () => {
    await expect(openReconciler(world.address)).rejects.toMatchObject({ code: 'trust/no-keys' });
  });

  it('signs with the keys that it is given as a line', async () => {
    await world.commit({ 'releases/prod/late.yaml': 'version: 1\nstrategy: canary\n' });
    const { close, tools } = await openReconciler({ ...world.address, keyLine });
    const result = await runPass(tools, null).finally(close);
    expect(result).toMatchObject({ signed: 'manifests', models: [{ model: 'late', changed: true }] });
  });

  it('follows a checkout, as in a workflow, and says there that nobody can open a pull request', async () => {
    const opened = await openReconciler({ ...world.address, forge: '.', keyLine });
    const { manifest } = (await runPass(opened.tools, null).finally(opened.close)).models[0]!;
    const rejection = { digest: digestOf(1), serial: 1, commit: manifest!.commit, reason: 'it failed' };
    const about = { version: 1, digest: digestOf(1), since: 1, cause: { is: 'rejected', rejection } as const };
    const rejected = { ...about, manifest: manifest!, champion: manifest!.packages[0]! };
    const head = { commit: manifest!.commit, workspace: emptyWorkspace, findings: [] };
    expect(await opened.tools.withdrawals.ensure(rejected, head)).toMatchObject({
      state: 'failed',
      problem: expect.stringContaining('takes no pull requests'),
    });
  });

  it('refuses the keys of another environment', async () => {
    const other = keyLine.replace('prod', 'staging');
    await expect(openReconciler({ ...world.address, keyLine: other })).rejects.toThrow(
      'expected the keys of prod, got those of "staging"',
    );
  });
});
