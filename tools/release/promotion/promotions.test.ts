import { parseWorkspace, type RolloutManifest } from '@signalbox/contracts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryForge } from '../../../tests/support/memory-world.js';
import {
  digestOf,
  NO_HISTORY,
  POLICY,
  recordOf,
  toYaml,
  worldDocuments,
} from '../../../tests/support/release-world.js';
import { desiredOf, publishedWhere } from '../../../tests/support/rollout-fixtures.js';
import { BOT } from '../../forge/index.js';
import { type Head, holdPath } from '../desired/desired.js';
import { duePromotions, planPromotion } from './due-promotion.js';
import { type PromotionOutcome, Promotions, type PromotionTools } from './promotions.js';

const SEED = Number(process.env.SIGNALBOX_TEST_SEED ?? Math.floor(Date.now() / 1000));
console.info(`promotions: seed ${SEED} (set SIGNALBOX_TEST_SEED for another)`);

const eager = (approvals: number) => {
  const { low } = POLICY.tiers;
  return { ...POLICY, tiers: { ...POLICY.tiers, low: { ...low, approvals, autoPromote: ['prod'] } } };
};
const HOLD = { model: 'late', reason: 'wrong', since: '2001-01-01', by: 'Ada' };

interface Given {
  readonly approvals?: number;
  readonly versions?: readonly number[];
  readonly asked?: number;
  readonly documents?: Record<string, unknown>;
}

/** The main branch with some merged versions, of which one may be asked for in prod. */
function headOf({ approvals = 0, asked, documents = {}, versions = [1, 2] }: Given = {}): Head {
  const policy = eager(approvals);
  const all = { ...worldDocuments(), 'releases/policies/default.yaml': policy };
  for (const version of [1, 2, 3]) delete (all as Record<string, unknown>)[`models/late/versions/${version}.yaml`];
  const records = versions.map((version) => {
    return [`models/late/versions/${version}.yaml`, recordOf(version)];
  });
  const release = asked === undefined ? {} : { 'releases/prod/late.yaml': { version: asked, strategy: 'canary' } };
  const texts = toYaml({ ...all, ...Object.fromEntries(records), ...release, ...documents });
  const { findings, workspace } = parseWorkspace(new Map(Object.entries(texts)));
  return { commit: 'c'.repeat(40), findings, workspace };
}

/** What a pass would have published for version 1. */
const LIVE_1: RolloutManifest = (() => {
  const live = publishedWhere([desiredOf(1)]);
  return { ...live, model: 'late', packages: [{ ...live.packages[0]!, digest: digestOf(1) }] };
})();
const PUBLISHED = new Map([['late', LIVE_1]]);

function botOn(
  forge: MemoryForge,
  change: Partial<PromotionTools> = {},
  askedBefore: readonly number[] = [],
): Promotions {
  const history = {
    ...NO_HISTORY,
    askedBefore: async (_environment: string, _model: string, version: number) => askedBefore.includes(version),
  };
  return new Promotions({
    ...{ git: forge, forge, base: 'main', environment: 'prod' },
    branch: { saysSince: async () => false, history: async () => history },
    soaks: { soakOf: async () => ({ liveForUs: null }) },
    store: { read: async () => null },
    ...change,
  });
}
const ensure = (bot: Promotions, head: Head): Promise<readonly PromotionOutcome[]> =>
  bot.ensure({ head, published: PUBLISHED, wallNowMs: 0 });

describe('the bot that promotes what a risk tier says', () => {
  it('opens one request for the newest merged version and merges it where nobody need agree', async () => {
    const forge = new MemoryForge();
    const bot = botOn(forge);
    expect(await ensure(bot, headOf({ asked: 1 }))).toEqual([
      { model: 'late', version: 2, number: 1, state: 'merged', problem: null },
    ]);
    expect(forge.pulls[0]).toMatchObject({ author: BOT.name, head: 'promote-auto/prod/late-v2', state: 'merged' });
    expect(forge.files.get('promote-auto/prod/late-v2')!.get('releases/prod/late.yaml')).toContain('version: 2');
    expect(await ensure(bot, headOf({ asked: 2 }))).toEqual([]);
    expect(forge.pulls).toHaveLength(1);
  });

  it('waits for the people that the policy asks, and opens nothing twice', async () => {
    const forge = new MemoryForge();
    const head = headOf({ asked: 1, approvals: 1 });
    const open = { number: 1, state: 'open', problem: 'one person must still agree' };
    expect(await ensure(botOn(forge), head)).toMatchObject([open]);
    expect(await ensure(botOn(forge), head)).toMatchObject([open]);
    const approved = { by: 'Ada', at: '2001-04-01', commit: 'promote-auto/prod/late-v2' };
    forge.pulls[0] = { ...forge.pulls[0]!, approvals: [{ ...approved, by: BOT.name }] };
    expect(await ensure(botOn(forge), head)).toMatchObject([open]);
    forge.pulls[0] = { ...forge.pulls[0]!, approvals: [{ ...approved, commit: 'older' }] };
    expect(await ensure(botOn(forge), head)).toMatchObject([open]);
    forge.pulls[0] = { ...forge.pulls[0]!, approvals: [approved] };
    expect(await ensure(botOn(forge), head)).toMatchObject([{ number: 1, state: 'merged' }]);
    expect(forge.pulls).toHaveLength(1);
  });

  it('does not merge while somebody asks for changes, however many agree', async () => {
    const forge = new MemoryForge();
    const head = headOf({ asked: 1, approvals: 1 });
    await ensure(botOn(forge), head);
    const approvals = [{ by: 'Ada', at: '2001-04-01', commit: 'promote-auto/prod/late-v2' }];
    forge.pulls[0] = { ...forge.pulls[0]!, approvals, objectors: ['Grace'] };
    const open = { number: 1, state: 'open', problem: 'Grace asked for changes' };
    expect(await ensure(botOn(forge), head)).toMatchObject([open]);
    forge.pulls[0] = { ...forge.pulls[0]!, objectors: [] };
    expect(await ensure(botOn(forge), head)).toMatchObject([{ number: 1, state: 'merged' }]);
  });

  it('never promotes again what was asked for before or what a person closed', async () => {
    const forge = new MemoryForge();
    expect(await ensure(botOn(forge, {}, [2]), headOf({ asked: 1 }))).toEqual([]);
    expect(forge.pulls).toEqual([]);
    await ensure(botOn(forge), headOf({ asked: 1, approvals: 1 }));
    await forge.close(1);
    expect(await ensure(botOn(forge), headOf({ asked: 1 }))).toEqual([]);
    expect(forge.pulls).toHaveLength(1);
  });

  it('leaves a draft alone, which whoever may push can make of its request, and goes on with another', async () => {
    const forge = new MemoryForge();
    const head = headOf({ asked: 1, approvals: 1 });
    await ensure(botOn(forge), head);
    forge.pulls[0] = { ...forge.pulls[0]!, isDraft: true };
    for (let pass = 1; pass <= 2; pass += 1)
      expect(await ensure(botOn(forge), head)).toMatchObject([{ number: 2, state: 'open' }]);
    expect(forge.pulls[1]).toMatchObject({ head: 'promote-auto/prod/late-v2-again' });
    await forge.close(2);
    expect(await ensure(botOn(forge), head)).toEqual([]);
  });

  it('is about the hold as well, so that nobody’s word from before one counts', () => {
    const [due] = duePromotions(headOf({ asked: 1 }), 'prod');
    expect(planPromotion(due!, null).about).toEqual([holdPath('prod', digestOf(2))]);
  });

  it('makes no release file anew that people deleted, and goes on once they have made it again', async () => {
    const forge = new MemoryForge();
    const history = async () => ({ ...NO_HISTORY, hadRelease: () => true });
    const bot = botOn(forge, { branch: { saysSince: async () => false, history } });
    const problem = expect.stringContaining('people deleted releases/prod/late.yaml, and only they bring it back');
    const published = new Map<string, RolloutManifest>();
    expect(await bot.ensure({ head: headOf({ versions: [1] }), published, wallNowMs: 0 })).toMatchObject([
      { number: null, state: 'waiting', problem },
    ]);
    expect(forge.pulls).toEqual([]);
    expect(await ensure(bot, headOf({ asked: 1 }))).toMatchObject([{ version: 2, state: 'merged' }]);
  });

  it('does not merge a branch that holds anything else, whoever pushed it, nor one whose check refuses', async () => {
    const forge = new MemoryForge();
    const head = headOf({ asked: 1, approvals: 1 });
    await ensure(botOn(forge), head);
    const check = { by: 'signalbox', commit: 'promote-auto/prod/late-v2', title: 'Refused', summary: '' };
    forge.pulls[0] = { ...forge.pulls[0]!, checks: { signalbox: { ...check, verdict: 'fail' } } };
    const own = headOf({ asked: 1, approvals: 0 });
    expect(await ensure(botOn(forge), own)).toMatchObject([{ state: 'open', problem: 'its check says fail: Refused' }]);
    forge.files.set('promote-auto/prod/late-v2', new Map([['releases/prod/late.yaml', 'version: 9\n']]));
    forge.pulls[0] = { ...forge.pulls[0]!, checks: {} };
    expect(await ensure(botOn(forge), own)).toMatchObject([
      { state: 'open', problem: expect.stringContaining('not what the bot would propose') },
    ]);
    expect(forge.pulls[0]).toMatchObject({ state: 'open' });
  });

  it.each([
    ['its gates compared it with no champion', { documents: { lapsed: true } }],
    ['stocktaking', { documents: { freeze: true } }],
    ['gate quality/auc said fail', { documents: { refused: true } }],
    ['must be live in staging', { documents: { soak: true } }],
  ])('waits, with the reconciler’s own reason, as long as it could not start: %s', async (why, { documents }) => {
    const forge = new MemoryForge();
    const [outcome] = await ensure(botOn(forge), headOf({ asked: 1, documents: obstacle(documents) }));
    expect(outcome).toMatchObject({ state: 'waiting', number: null, problem: expect.stringContaining(why) });
    expect(forge.pulls).toEqual([]);
  });

  it('tells a failure of the forge, and tries again', async () => {
    const forge = new MemoryForge();
    const bot = botOn(forge);
    forge.failsNext = true;
    expect(await ensure(bot, headOf({ asked: 1 }))).toMatchObject([{ state: 'failed', problem: 'cut' }]);
    expect(await ensure(bot, headOf({ asked: 1 }))).toMatchObject([{ state: 'merged', number: 1 }]);
  });

  it('promotes nothing in a repository that takes no pull requests', async () => {
    expect(await ensure(botOn(new MemoryForge(), { forge: null }), headOf({ asked: 1 }))).toEqual([]);
  });

  it('takes a hold that cannot be read for one', () => {
    const torn = { [`releases/prod/holds/${digestOf(2).slice(7)}.yaml`]: { reason: 'wrong' } };
    expect(duePromotions(headOf({ asked: 1 }), 'prod')).toHaveLength(1);
    expect(duePromotions(headOf({ asked: 1, documents: torn }), 'prod')).toEqual([]);
  });

  it('takes the newest version or none: never an older one, one that is held, or one for another environment', () => {
    const six = headOf({ versions: [1, 2, 3, 4, 5, 6] });
    const { workspace: all } = six;
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1 }),
        fc.option(fc.integer({ min: 1, max: 6 }), { nil: undefined }),
        fc.uniqueArray(fc.integer({ min: 1, max: 6 })),
        (versions, asked, held) => {
          const records = new Map([...all.versions.get('late')!].filter(([version]) => versions.includes(version)));
          const holds = new Map(held.map((version) => [digestOf(version), HOLD]));
          const release = asked === undefined ? [] : [['late', { version: asked, strategy: 'canary' }] as const];
          const settings = { ...all.environments.get('prod')!, releases: new Map(release), holds };
          const environments = new Map([['prod', settings]]);
          const workspace = { ...all, versions: new Map([['late', records]]), environments };
          const due = duePromotions({ ...six, workspace }, 'prod');
          const newest = Math.max(...versions);
          const isDue = newest > (asked ?? 0) && !held.includes(newest);
          expect(due.map(({ version }) => version)).toEqual(isDue ? [newest] : []);
        },
      ),
      { seed: SEED, numRuns: 200 },
    );
    const policy = { ...POLICY, tiers: { ...POLICY.tiers, low: { ...POLICY.tiers.low, autoPromote: ['staging'] } } };
    expect(duePromotions(headOf({ documents: { 'releases/policies/default.yaml': policy } }), 'prod')).toEqual([]);
  });
});

function obstacle(which: Record<string, unknown>): Record<string, unknown> {
  const gated = recordOf(2);
  const environment = worldDocuments()['releases/prod/environment.yaml'] as object;
  if ('lapsed' in which) {
    const boundTo = { ...gated.boundTo, champion: null };
    return { 'models/late/versions/2.yaml': { ...gated, boundTo } };
  }
  if ('freeze' in which) {
    const freeze = { reason: 'stocktaking', from: '1969-01-01', to: '2969-01-01', by: 'Ada' };
    return { 'releases/prod/freezes/now.yaml': freeze };
  }
  if ('refused' in which) {
    const verdicts = [{ id: 'quality/auc', verdict: 'fail' as const, sentence: 'It is worse.' }];
    return { 'models/late/versions/2.yaml': { ...gated, verdicts } };
  }
  return {
    'releases/staging/environment.yaml': environment,
    'releases/prod/environment.yaml': { ...environment, promotesFrom: { environment: 'staging', soak: '1d' } },
  };
}
