import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestWorld,
  POLICY,
  podAt,
  recordOf,
  type TestWorld,
  toYaml,
  worldDocuments,
} from '../../../tests/support/release-world.js';
import { BOT, LocalForge, readWorkspaceCommit } from '../../forge/index.js';
import { openReconciler } from '../pass/open-environment.js';
import { type PassResult, runPass } from '../pass/pass.js';

const TIER = { ...POLICY.tiers.low, autoPromote: ['prod'], withdrawals: 'merge' as const };
const EAGER = { ...POLICY, tiers: { ...POLICY.tiers, low: TIER } };

/** One story, told in order, with a real repository: each test goes on where the one before ended. */
describe('bots whom the policy trusts', () => {
  let world: TestWorld;
  let forge: LocalForge;

  beforeAll(async () => {
    const records = [2, 3].map((version) => `models/late/versions/${version}.yaml`);
    const documents = Object.entries(worldDocuments()).filter(([path]) => !records.includes(path));
    world = await createTestWorld({
      ...Object.fromEntries(documents),
      'releases/policies/default.yaml': EAGER,
      'models/late/versions/1.yaml': recordOf(1),
    });
    forge = await LocalForge.open(world.forge);
  });
  afterAll(() => world.remove());

  /** As a process of its own would make it: nothing is remembered. */
  async function pass(): Promise<PassResult> {
    const { close, tools } = await openReconciler(world.address);
    return runPass(tools, null).finally(close);
  }

  it('bring the first version to its environment', async () => {
    expect((await pass()).promotions).toMatchObject([{ version: 1, number: 1, state: 'merged' }]);
    const { models, promotions } = await pass();
    expect(models[0]!.manifest).toMatchObject({ champion: 1 });
    expect(promotions).toEqual([]);
  });

  it('bring the next one as soon as it is merged, by the steps of its strategy', async () => {
    await world.git.run(['pull', '--quiet', 'origin', 'main']);
    await world.commit(toYaml({ 'models/late/versions/2.yaml': recordOf(2) }));
    expect((await pass()).promotions).toMatchObject([{ version: 2, number: 2, state: 'merged' }]);
    const { models } = await pass();
    expect(models[0]!.manifest).toMatchObject({ champion: 1, candidate: 2, rollout: { phase: 'canary' } });
    await world.report(podAt('pod-1', models[0]!.manifest!.serial, { 1: [900, 0], 2: [50, 20] }));
  });

  it('take it back when it fails, hold it, and leave it at that', async () => {
    const { models, promotions, withdrawals } = await pass();
    expect(models[0]!.manifest).toMatchObject({ champion: 1, rollout: { phase: 'rejected' } });
    expect(withdrawals).toEqual([{ model: 'late', version: 2, number: 3, state: 'done', problem: null }]);
    expect(promotions).toEqual([]);
    const after = await pass();
    expect(after).toMatchObject({ withdrawals: [], promotions: [] });
    expect(after.models[0]!.manifest).toMatchObject({ champion: 1, rollout: { phase: 'live' } });
    const { findings, workspace } = await readWorkspaceCommit(world.forge, await forge.headOf('main'));
    expect(findings).toEqual([]);
    expect(workspace.environments.get('prod')!.releases.get('late')).toMatchObject({ version: 1 });
    const requests = await forge.listPullRequests();
    expect(requests.map(({ author, state }) => [author, state])).toEqual(requests.map(() => [BOT.name, 'merged']));
    expect(requests).toHaveLength(3);
  });
});
