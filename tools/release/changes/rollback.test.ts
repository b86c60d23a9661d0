import type { Policy } from '@signalbox/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createTestWorld,
  POLICY,
  type TestWorld,
  toYaml,
  worldDocuments,
} from '../../../tests/support/release-world.js';
import { LocalForge } from '../../forge/index.js';
import { openReconciler } from '../pass/open-environment.js';
import { type PassResult, runPass } from '../pass/pass.js';
import { freeze, thaw } from './freeze.js';
import { GATES_CHECK } from './gates-check.js';
import { promote } from './promote.js';
import { rollback } from './rollback.js';

const ANALYSIS = { errorRateMargin: 0.05, confidence: 0.95 };
const EXPERIMENT = { share: 0.2, minDuration: '1h', maxDuration: '7d', minSample: 10, metric: 'booked' };
const CAREFUL: Policy = {
  ...POLICY,
  tiers: {
    ...POLICY.tiers,
    low: { ...POLICY.tiers.low, strategies: ['direct', 'switch', 'contest'], rollbackApprovals: 1 },
  },
};
const DOCUMENTS = {
  'releases/policies/default.yaml': CAREFUL,
  'releases/strategies/switch.yaml': {
    description: 'All at once, with the version before kept loaded.',
    blueGreen: { minDuration: '1h', minSample: 10 },
    analysis: ANALYSIS,
  },
  'releases/strategies/contest.yaml': { description: 'Side by side.', experiment: EXPERIMENT, analysis: ANALYSIS },
  'releases/metrics/booked.yaml': {
    description: 'Whether a flight was booked.',
    kind: 'command',
    better: 'higher',
    command: ['booked'],
  },
};

/** One story, told in order: each test goes on where the one before ended. */
describe('going back', () => {
  let world: TestWorld;
  let reconciler: Awaited<ReturnType<typeof openReconciler>>;
  let last: PassResult | null = null;
  let promotion: string | null = null;

  beforeAll(async () => {
    world = await createTestWorld({ ...worldDocuments(), ...DOCUMENTS });
    reconciler = await openReconciler(world.address);
    await promoted(1, 'direct');
    await pass();
  });
  afterAll(async () => {
    await reconciler.close();
    await world.remove();
  });

  const about = { environment: 'prod', model: 'late', merge: true, wallNow: Date.now };
  const promoted = (version: number, strategy: string) =>
    promote({ ...about, repo: world.folder, version, strategy, rePromote: false });
  const back = (approveAs?: string) =>
    rollback({ ...about, repo: world.folder, ...(approveAs === undefined ? {} : { approveAs }) });
  async function onMain(files: Readonly<Record<string, string>>) {
    await world.git.run(['pull', '--quiet', 'origin', 'main']);
    await world.commit(files);
  }
  async function pass() {
    last = await runPass(reconciler.tools, last);
    return last.models[0]!;
  }

  it('out of a blue-green switch waits for nothing but the people that the policy asks, not even for a freeze to end', async () => {
    await promoted(2, 'switch');
    expect((await pass()).manifest).toMatchObject({ champion: 1, candidate: 2, candidateBuckets: 10_000 });
    await freeze({ ...about, repo: world.folder, name: 'now', until: '1d', reason: 'stocktaking', models: [] });
    const proposed = await back();
    expect(proposed).toMatchObject({ merged: null, missingApprovals: 1 });
    expect((await pass()).manifest).toMatchObject({ candidate: 2 });
    await onMain({ 'notes.md': 'Meanwhile.' });
    const { merged, number } = await back('Grace');
    expect({ number, isMerged: merged !== null }).toEqual({ number: proposed.number, isMerged: true });
    const { checks } = await (await LocalForge.open(world.forge)).getPullRequest(number);
    expect(checks[GATES_CHECK]).toMatchObject({ verdict: 'pass', title: 'Nothing to gate' });
    expect((await pass()).manifest).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'live' } });
  });

  it('and then forward again waits for the end of the freeze', async () => {
    promotion = (await promoted(2, 'contest')).merged;
    const { manifest, reasons } = await pass();
    expect(manifest).toMatchObject({ champion: 1, candidate: null });
    expect(reasons.join()).toContain('stocktaking');
    await thaw({ ...about, repo: world.folder, name: 'now' });
    expect((await pass()).manifest).toMatchObject({ candidate: 2, rollout: { phase: 'experiment' } });
  });

  it('out of an experiment works by a revert that a person makes by hand, too', async () => {
    await world.git.run(['pull', '--quiet', 'origin', 'main']);
    await world.git.run(['revert', '--no-edit', '--mainline', '1', promotion!]);
    await world.git.run(['push', '--quiet', 'origin', 'HEAD:main']);
    expect((await pass()).manifest).toMatchObject({
      champion: 1,
      candidate: null,
      arms: [],
      rollout: { phase: 'live' },
    });
  });

  it('leaves an experiment for a strategy without one by dropping its arms, and says so', async () => {
    await onMain(toYaml({ 'releases/prod/late.yaml': { version: 2, strategy: 'contest', arms: [3] } }));
    const { merged, plan } = await promoted(2, 'direct');
    expect(merged).not.toBeNull();
    expect(plan.changes[0]!.sentences).toContain('Version 3 competes here no more: strategy direct has no experiment.');
  });

  it('is proposed anew where the release file has changed since: the earlier proposal could not be merged', async () => {
    const earlier = await back();
    await onMain({ 'releases/prod/late.yaml': '# Tried by night.\nversion: 2\nstrategy: direct\n' });
    const { merged, number } = await back('Grace');
    expect({ isOther: number !== earlier.number, isMerged: merged !== null }).toEqual({
      isOther: true,
      isMerged: true,
    });
  });
});
