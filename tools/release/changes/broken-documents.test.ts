import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import {
  createTestWorld,
  digestOf,
  POLICY,
  podAt,
  type TestWorld,
  toYaml,
  worldDocuments,
} from '../../../tests/support/release-world.js';
import { holdPath } from '../desired/head.js';
import { openReconciler } from '../pass/open-environment.js';
import { runPass } from '../pass/pass.js';
import { hold } from './hold.js';

const TORN = 'x: [\n';

/** Each of them, as a push to the main branch may leave it: torn, or gone. */
const FILES: readonly (readonly [file: string, text: string | null])[] = [
  ['releases/prod/late.yaml', TORN],
  ['releases/prod/late.yaml', null],
  ['releases/prod/environment.yaml', TORN],
  ['releases/prod/environment.yaml', null],
  ['releases/strategies/canary.yaml', TORN],
  ['releases/strategies/canary.yaml', null],
  ['releases/policies/default.yaml', TORN],
  ['models/late/versions/2.yaml', TORN],
  ['models/late/versions/2.yaml', null],
  ['models/late/model.yaml', TORN],
];

const STRICT = { ...POLICY, tiers: { ...POLICY.tiers, low: { ...POLICY.tiers.low, strategies: ['canary'] } } };

/** A pass as a process that starts anew makes it. */
async function passOf({ address }: TestWorld) {
  const { close, tools } = await openReconciler(address);
  const { models } = await runPass(tools, null).finally(close);
  return models.find(({ model }) => model === 'late')!.manifest!;
}

describe('a candidate whose documents are broken under it', () => {
  let template: TestWorld;
  let world: TestWorld;

  /** Version 1 is live, and version 2 has a tenth of the units by the second manifest. */
  beforeAll(async () => {
    template = await createTestWorld();
    for (const version of [1, 2]) {
      await template.commit({ 'releases/prod/late.yaml': `version: ${version}\nstrategy: canary\n` });
      await passOf(template);
    }
  });
  afterAll(() => template.remove());
  beforeEach(async () => {
    world = await template.copy();
  });
  afterEach(() => world.remove());

  const fail = () => world.report(podAt('pod-1', 2, { 1: [40_000, 60], 2: [4000, 3600] }));

  it.each(FILES)('loses its traffic when it fails: %s is %j', async (file, text) => {
    await fail();
    await world.commit({ [file]: text });
    expect(await passOf(world)).toMatchObject({ champion: 1, candidate: null });
  });

  it('loses its traffic where its model is renamed, and its release with it', async () => {
    await world.commit({
      ...Object.fromEntries([1, 2, 3].map((version) => [`models/late/versions/${version}.yaml`, null])),
      ...{ 'models/late/model.yaml': null, 'releases/prod/late.yaml': null },
      ...toYaml({ 'models/tardy/model.yaml': worldDocuments()['models/late/model.yaml'] }),
    });
    expect(await passOf(world)).toMatchObject({ champion: 1, candidate: null });
  });

  it.each(['releases/prod/late.yaml', 'releases/prod/environment.yaml', 'models/late/versions/2.yaml'])(
    'loses it by a hold: %s is torn',
    async (file) => {
      const held = { model: 'late', reason: 'bad', since: '2026-11-21', by: 'Ada' };
      await world.commit({ [file]: TORN, ...toYaml({ [holdPath('prod', digestOf(2))]: held }) });
      expect(await passOf(world)).toMatchObject({ champion: 1, candidate: null });
    },
  );

  it('is held by the verb also while its environment cannot be read', async () => {
    await world.commit({ 'releases/prod/environment.yaml': TORN });
    const about = { repo: world.folder, model: 'late', environment: 'prod', merge: true, wallNow: Date.now };
    const { plan } = await hold({ ...about, version: 2, reason: 'bad' });
    expect(plan.changes[0]!.sentences.join()).toContain('Version 2 is held and gets no traffic');
  });

  it('loses it when it fails while a freeze keeps it from a strategy without steps', async () => {
    await fail();
    const at = (ms: number) => new Date(Date.now() + ms).toISOString().replace(/[.]\d+Z/, 'Z');
    await world.commit({
      'releases/prod/late.yaml': 'version: 2\nstrategy: direct\n',
      'releases/prod/freezes/now.yaml': stringify({ reason: 'x', from: at(-10_000), to: at(1e8), by: 'Ada' }),
    });
    expect(await passOf(world)).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'rejected' } });
  });

  it('goes on by its steps once the document is whole again', async () => {
    await world.report(podAt('pod-1', 2, { 1: [40_000, 0], 2: [4000, 0] }));
    const file = 'releases/strategies/canary.yaml';
    await world.commit({ [file]: TORN });
    expect(await passOf(world)).toMatchObject({ candidate: 2, candidateBuckets: 1000 });
    await world.commit(toYaml({ [file]: worldDocuments()[file] }));
    expect((await passOf(world)).candidateBuckets).toBeGreaterThan(1000);
  });
});

describe('what was live before', () => {
  let template: TestWorld;
  let world: TestWorld;

  /** Version 1 was live, and version 2 is. */
  beforeAll(async () => {
    template = await createTestWorld();
    for (const version of [1, 2]) {
      await template.commit({ 'releases/prod/late.yaml': `version: ${version}\nstrategy: direct\n` });
      await passOf(template);
    }
  });
  afterAll(() => template.remove());
  beforeEach(async () => {
    world = await template.copy();
  });
  afterEach(() => world.remove());

  it.each([
    ['the policy allows its strategy no more', { 'releases/policies/default.yaml': stringify(STRICT) }],
    ['its strategy is gone', { 'releases/strategies/direct.yaml': null }],
    ['the model card is gone', { 'models/late/model.yaml': null }],
    ['the policy is gone', { 'releases/policies/default.yaml': null }],
    ['the policy is torn', { 'releases/policies/default.yaml': TORN }],
    ['a feature view of the model is gone', { 'features/views/request.yaml': null }],
    ['the record of what is asked for is torn', { 'models/late/versions/3.yaml': TORN }],
    ['environment.yaml is torn', { 'releases/prod/environment.yaml': TORN }],
  ])('is live again at once where %s, and nothing else starts', async (_what, files) => {
    await world.commit({ ...files, 'releases/prod/late.yaml': 'version: 3\nstrategy: direct\n' });
    expect(await passOf(world)).toMatchObject({ champion: 2, candidate: null });
    await world.commit({ 'releases/prod/late.yaml': 'version: 1\nstrategy: direct\n' });
    expect(await passOf(world)).toMatchObject({ champion: 1, candidate: null, rollout: { phase: 'live' } });
  });
});
