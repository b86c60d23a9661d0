import { mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBlobStore } from '@signalbox/serving/stores';
import { TrustClient } from '@signalbox/serving/trust';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestWorld, type TestWorld } from '../../../tests/support/release-world.js';
import { LocalForge, readFileAtCommit } from '../../forge/index.js';
import { exportKeys, keysDir, mintKeys } from '../../trust/index.js';
import { promote } from '../changes/promote.js';
import { openReconciler } from '../pass/open-environment.js';
import { runPass } from '../pass/pass.js';
import { describeWithdrawal } from '../status/describe.js';
import { describeStatus } from '../status/describe-status.js';
import { readStatus } from '../status/read.js';
import { describeEmergency } from './describe-emergency.js';
import { type EmergencyOptions, emergency } from './emergency.js';

/** One story, told in order: each test goes on where the one before ended. */
describe('an emergency, while Git cannot be reached', () => {
  let world: TestWorld;
  let away: string;
  let keyLine: string;
  let pod: TrustClient;

  beforeAll(async () => {
    world = await createTestWorld();
    away = await mkdtemp(join(tmpdir(), 'signalbox-stick-'));
    const folder = { dir: keysDir(world.folder), environment: 'prod' };
    keyLine = await exportKeys(folder);
    // The emergency key lies on a stick, and no other key on this machine.
    await rename(join(folder.dir, 'prod', 'emergency-1.pem'), join(away, 'key.pem'));
    await rm(folder.dir, { recursive: true });
    const root = Buffer.from((await readFileAtCommit(world.forge, 'main', 'releases/prod/root.json'))!);
    const store = openBlobStore(join(world.folder, '.signalbox/store'));
    for (const version of [1, 2]) {
      const about = { repo: world.folder, model: 'late', environment: 'prod', version, strategy: 'direct' };
      await promote({ ...about, merge: true, rePromote: false, wallNow: Date.now });
      await pass();
    }
    const cacheDir = join(away, 'pod');
    pod = await TrustClient.open({ store, environment: 'prod', rootBytes: root, cacheDir, wallNow: Date.now });
    await pod.poll();
  });
  afterAll(async () => {
    await world.remove();
    await rm(away, { recursive: true });
  });

  const order = (change: Partial<EmergencyOptions> = {}) =>
    emergency({
      ...{ repo: world.folder, environment: 'prod', model: 'late', to: 1, reason: 'scores are wrong' },
      ...{ keyFile: join(away, 'key.pem'), wallNow: Date.now, ...change },
    });
  const withoutKey = (): EmergencyOptions => ({
    ...{ repo: world.folder, environment: 'prod', model: 'late', to: 1, reason: 'scores are wrong' },
    wallNow: Date.now,
  });
  async function pass() {
    const { close, tools } = await openReconciler({ ...world.address, keyLine });
    return runPass(tools, null).finally(close);
  }

  it('is refused to a key that the root does not name, and nothing is visible', async () => {
    await mintKeys({ dir: join(away, 'other'), environment: 'prod' });
    await expect(order({ keyFile: join(away, 'other/prod/emergency-1.pem') })).rejects.toMatchObject({
      code: 'trust/unverified',
      message: expect.stringContaining('this is not an emergency key of the newest root'),
    });
    await expect(emergency({ ...withoutKey(), environment: 'prd' })).rejects.toMatchObject({
      code: 'input/unknown-reference',
    });
    await expect(emergency(withoutKey())).rejects.toMatchObject({
      code: 'trust/no-keys',
      message: expect.stringContaining('--key is missing'),
    });
    await expect(order({ keyFile: join(away, 'no.pem') })).rejects.toMatchObject({ code: 'trust/no-keys' });
    expect(await pod.poll()).toMatchObject({ status: 'unchanged' });
  });

  it('is refused for what pods have not loaded or nobody publishes', async () => {
    await expect(order({ to: 3 })).rejects.toMatchObject({ code: 'release/refused', hint: 'It can go back to: 1.' });
    await expect(order({ to: 2 })).rejects.toThrow('version 2 answers everything already');
    await expect(order({ model: 'early' })).rejects.toMatchObject({
      code: 'input/unknown-reference',
      hint: expect.stringContaining('Published there: late'),
    });
  });

  it('takes effect on pods by the emergency key alone, without the forge', async () => {
    await rename(world.forge, `${world.forge}.gone`);
    const result = await order();
    const { manifest } = result;
    expect(manifest).toMatchObject({ serial: 3, champion: 1, rollout: { emergency: { by: 'Ada Test' } } });
    expect(describeEmergency(result).split('\n').slice(-4)).toEqual([
      '  signalbox rollback late --to 1 --env prod --merge',
      '  That is refused while a hold names version 1; lift it first: signalbox hold late --version 1 --env prod --lift --merge',
      'To let Git decide as it stands, merge a commit whose message ends in: End-emergency: prod/late@3',
      '  an empty one (git commit --allow-empty) on a branch of its own, or one that changes releases/prod/: elsewhere the line is not heard',
    ]);
    const polled = await pod.poll();
    expect(polled).toMatchObject({ status: 'updated', reason: null });
    expect(polled.manifests.get('late')).toEqual(manifest);
    await rename(`${world.forge}.gone`, world.forge);
  });

  it('is let stand by the reconciler, which asks Git to follow, once', async () => {
    const { models, withdrawals } = await pass();
    expect(models[0]).toMatchObject({ changed: false, manifest: { serial: 3, champion: 1 } });
    expect(models[0]!.reasons[0]).toContain('version 1 serves by the emergency of Ada Test (scores are wrong)');
    expect(withdrawals).toEqual([{ model: 'late', version: 2, number: 3, state: 'open', problem: null }]);
    expect((await pass()).withdrawals).toEqual(withdrawals);
    const { body } = await (await LocalForge.open(world.forge)).getPullRequest(3);
    expect(body).toMatch(/^\*\*Emergency: version 1 of late serves in prod by what was signed by hand/);
    expect(body).toContain('End-emergency: prod/late@3`: an empty one on a branch of its own, or one that changes');
    expect(describeStatus(await readStatus(world.address))).toContain(describeWithdrawal(withdrawals[0]!));
  });

  it('is over when Git asks for the same, without any traffic moving', async () => {
    const forge = await LocalForge.open(world.forge);
    await forge.merge(3, { name: 'Ada Test', email: 'ada@example.com' });
    const { models, withdrawals } = await pass();
    expect(models[0]!.manifest).toMatchObject({ serial: 4, champion: 1, rollout: { phase: 'live', emergency: null } });
    expect(withdrawals).toEqual([]);
    expect(await pod.poll()).toMatchObject({ status: 'updated' });
  });

  it('that a commit ends closes the request for the other way, with a reason', async () => {
    const about = { repo: world.folder, model: 'late', environment: 'prod', version: 2, strategy: 'direct' };
    await promote({ ...about, merge: true, rePromote: false, wallNow: Date.now });
    await pass();
    const { manifest } = await order();
    const [asked] = (await pass()).withdrawals;
    expect(asked).toMatchObject({ state: 'open' });
    await world.git.run(['pull', '--quiet', '--rebase', 'origin', 'main']);
    await world.commit({}, `Let Git decide\n\nEnd-emergency: prod/late@${manifest.serial}`);
    const { models, withdrawals } = await pass();
    expect(models[0]!.manifest!.rollout.emergency).toBeNull();
    expect(withdrawals).toEqual([]);
    const { comments, state } = await (await LocalForge.open(world.forge)).getPullRequest(asked!.number!);
    expect({ state, said: comments.map(({ body }) => body).join() }).toMatchObject({
      state: 'closed',
      said: expect.stringMatching(/^The emergency of .* is over, and not by this: Git decides again/),
    });
  });
});
