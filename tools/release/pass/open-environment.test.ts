import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { digestBytes } from '@signalbox/contracts';
import { blobKey, openBlobStore } from '@signalbox/serving/stores';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestWorld,
  digestOf,
  emptyWorkspace,
  recordOf,
  type TestWorld,
  toYaml,
} from '../../../tests/support/release-world.js';
import { exportKeys } from '../../trust/index.js';
import { readStatus } from '../status/read.js';
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
    await expect(openReconciler(world.address)).rejects.toMatchObject({
      code: 'trust/no-keys',
      hint: expect.stringMatching(/^(?!.*keys mint).*SIGNALBOX_KEYS.*keys export --env prod/),
    });
  });

  it('signs with the keys that it is given as a line', async () => {
    await world.commit({ 'releases/prod/late.yaml': 'version: 1\nstrategy: canary\n' });
    const { close, tools } = await openReconciler({ ...world.address, keyLine });
    const result = await runPass(tools, null).finally(close);
    expect(result).toMatchObject({ signed: 'manifests', models: [{ model: 'late', changed: true }] });
  });

  it('starts nothing whose package is not in the artifact store, and starts it once it is there', async () => {
    const digest = digestBytes('by hand');
    const boundTo = { ...recordOf(2).boundTo, champion: digestOf(1) };
    const record = recordOf(4, { boundTo, package: { digest, sizeBytes: 7 } });
    const release = { version: 4, strategy: 'direct' };
    await world.commit(toYaml({ 'models/late/versions/4.yaml': record, 'releases/prod/late.yaml': release }));
    const { close, tools } = await openReconciler({ ...world.address, keyLine });
    const held = await runPass(tools, null);
    expect(held.models[0]?.manifest?.packages.map(({ version }) => version)).toEqual([1]);
    expect(held.models[0]?.reasons.join()).toContain('its package is not in the artifact store of prod');
    expect((await readStatus(world.address)).models[0]?.reasons.join()).toContain('its package is not in the artifact');
    await openBlobStore(join(world.folder, '.signalbox', 'store')).write(blobKey(digest), 'by hand');
    const begun = await runPass(tools, held).finally(close);
    expect(begun.models[0]?.manifest?.packages.map(({ version }) => version)).toContain(4);
    await world.commit({ 'releases/prod/late.yaml': 'version: 1\nstrategy: canary\n' });
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

  it('says how a root comes back that was taken off the main branch, and to make no other', async () => {
    const path = 'releases/prod/root.json';
    const last = (await world.git.run(['log', '-1', '--format=%H', '--', path])).trim();
    const isTold = () =>
      expect(openReconciler({ ...world.address, keyLine })).rejects.toMatchObject({
        code: 'trust/unverified',
        hint: expect.stringMatching(new RegExp(`^(?!.*keys mint).*git checkout ${last} -- ${path}`)),
      });
    const gone = await world.commit({ [path]: null });
    await isTold();
    // A git pull into commits that never had it, which is pushed.
    const made = async (...parents: readonly string[]) =>
      (await world.git.run(['commit-tree', '-m', 'Pull', `${gone}^{tree}`, ...parents])).trim();
    await world.git.run(['update-ref', 'HEAD', await made('-p', await made(), '-p', gone)]);
    await world.commit({});
    await isTold();
    await world.git.run(['checkout', last, '--', path]);
    await world.commit({});
    const { close } = await openReconciler({ ...world.address, keyLine });
    await close();
  });

  it('refuses the keys of another environment', async () => {
    const other = keyLine.replace('prod', 'staging');
    await expect(openReconciler({ ...world.address, keyLine: other })).rejects.toThrow(
      'expected the keys of prod, got those of "staging"',
    );
  });
});
